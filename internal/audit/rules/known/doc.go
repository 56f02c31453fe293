// Package known is what the rules know of the world outside an application's files: programs by their images, storage
// classes and provisioners by their names, and what follows from them for a workload.
//
// DESIGN. Rules of several rooms ask the same questions: is this image a database, where does it keep its data, can
// that claim be used on two nodes, how many pods will there be. The answers are tables and small functions over the
// graph here, so that two rules never answer differently. What is not in a table is not known, and no rule may call
// certain what is not known.
package known
