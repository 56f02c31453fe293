// Package support says which fields of Kubernetes objects the engine carries.
//
// DESIGN. The engine runs one Linux machine. A field that is valid in Kubernetes and would change what runs is either
// carried or refused by name, with what to do instead; it is never accepted and ignored. What changes nothing on one
// machine is accepted, with a warning where a reader would expect an effect. The whole of it is a table of field paths,
// and a test holds that every field of every served kind is in the table, so that a field that a newer Kubernetes adds
// is refused until somebody has decided about it.
package support
