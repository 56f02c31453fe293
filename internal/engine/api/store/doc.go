// Package store keeps the engine's objects: all of them in memory, and in one file on disk.
//
// DESIGN. Writes go one at a time through admission, then into memory, then into the file; a write of a spec is
// acknowledged once it is on disk, a write of a status may lag. Every write gets the next resource version, which is
// also the version of the whole store, so that a watch can resume from any version still in the history.
// Reads hand out the stored objects themselves: nobody may change one, DeepCopy first. The rules of object
// metadata (generation, finalizers, graceful deletion, optimistic locking) are those of the API conventions:
// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
package store
