// Package reexec turns a new process of the engine's binary into a container's first process or into the keeper,
// before the rest of the program is initialised.
//
// DESIGN. Import it for its side effect from every main package, and from every test binary, that starts containers.
// It runs in init() and imports as little as it can: Go initialises packages in the order of their import paths once
// what they import is ready, so that the k8s.io packages come after it and cost such a process nothing.
package reexec
