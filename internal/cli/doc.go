// Package cli is the commands: what a person types, in; what happened, out.
//
// DESIGN. One file per command, with its arguments, what it prints and nothing else: the work is done by the rooms
// below (source, image, deliver) and by client-go, so every command does the same on the engine and on a cluster
// named by --context; only "up" and "engine" know that the engine can be started. An error is one line that begins
// with the object and ends with the next step, details on lines of their own. Exit codes: 0 done, 1 failed, 2 the
// command was not understood.
package cli
