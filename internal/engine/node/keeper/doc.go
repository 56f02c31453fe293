// Package keeper is the one small process that outlives the engine: it starts containers, keeps their output and
// their exit codes, and answers DNS for the pods.
//
// DESIGN. It promises that no death of the engine and no death of its own ends a container, loses a line of output or
// an exit code. Output goes through FIFOs that the container itself holds open for reading too, so that there is
// always a reader; exit codes are read by pidfd, which also works for a container that an earlier keeper started.
// What it knows is in one small file per container, so that it can be killed at any moment. It decides nothing: when
// to start, stop or restart is the engine's business. It imports no Kubernetes package, to stay small.
package keeper
