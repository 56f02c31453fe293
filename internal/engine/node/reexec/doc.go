// Package reexec turns a new process of the engine's binary into a container's first process or into the keeper,
// before most of the program is initialised.
//
// DESIGN. Import it for its side effect from every main package, and from every test binary, that starts containers.
// It runs in init() and imports as little as it can: Go initialises packages in the order of their import paths once
// what they import is ready, so that whatever needs more than this one, or sorts after it, costs such a process
// nothing. What is left of the whole engine's initialisation takes 2.5 ms and 1 MB.
package reexec
