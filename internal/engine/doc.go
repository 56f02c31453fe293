// Package engine boots the rooms of the engine, wires them to each other and stops them.
//
// DESIGN. One process serves the Kubernetes API over the objects that it runs. The rooms meet in the store: each
// watches what concerns it and writes what it finds, so that any of them may be killed between two writes and goes
// on from what is stored. Stopping the engine stops none of its containers; Teardown does.
package engine
