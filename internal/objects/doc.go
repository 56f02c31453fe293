// Package objects is the application as everything after the source knows it: typed Kubernetes objects, where each of
// them and of their fields was written, and who refers to whom.
//
// DESIGN. It promises that after this package nobody needs to know whether a person wrote a Compose file or manifests:
// an Object is a value of k8s.io/api with the place (file:line:path) of its parts beside it, not inside it, so that
// what is applied carries no trace of us. The order of objects is a table, not the order of a map, so that the same
// input gives the same output byte by byte. Finish is separate from compiling because it needs what only the machine
// knows (the content of images): it writes hashes into pod templates so that a changed configuration rolls exactly its
// users, and into the names of Jobs so that a new version of a migration is a new Job. It refuses nothing: it says who
// refers to whom, and the rules about that live in audit.
package objects
