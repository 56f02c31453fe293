// Package rendered holds documents that a tool made of other files, and finds where their fields were written.
//
// DESIGN. Kustomize and Helm give objects, but a person edits resources, patches and templates. A Document therefore
// carries the text of one object and the way back: the file and line it begins at, and Place for its fields. Source is
// a YAML file as written in which objects and fields are looked up; items of lists are matched by what names them
// rather than by index, because a tool may have added some. It promises not to guess: a field that cannot be found is
// said to be so, and the caller takes the object's line.
package rendered
