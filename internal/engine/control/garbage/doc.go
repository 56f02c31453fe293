// Package garbage removes what nobody owns any more.
//
// DESIGN. Owner references and the propagation policies background, foreground and orphan work as in Kubernetes'
// garbage collector (pkg/controller/garbagecollector). There is no graph to build: owners and, where it matters,
// dependents are read from the store; an index kept from its events only says whom to look at. An owner of a kind
// that the engine does not serve, or in another namespace, counts as present: nothing is deleted on a guess. Pods
// that ended long ago and pods of a node that is gone are collected here too (pkg/controller/podgc).
package garbage
