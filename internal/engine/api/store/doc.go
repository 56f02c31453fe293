// Package store keeps the engine's objects: all of them in memory, and in one file on disk.
//
// DESIGN. Writes go one at a time through admission, then into memory, then into the file; a write of a spec is
// acknowledged, and told to those who watch, once it is on disk: many writers share one fsync, and none is held back by
// it. A write of a status may lag by a fifth of a second, an Event by more. A write that the file cannot take (a full
// disk) is refused and undone in memory. Secrets are encrypted in the file. Every write gets the next resource version,
// which is also the version of the whole store, so that a watch can resume from any version still in the history; no
// version is ever given out twice, whatever was lost in a crash.
// Reads hand out the stored objects themselves: nobody may change one, DeepCopy first. The rules of object
// metadata (generation, finalizers, graceful deletion, optimistic locking) are those of the API conventions:
// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
package store
