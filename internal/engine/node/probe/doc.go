// Package probe asks containers how they are, and decides what the answers mean.
//
// DESIGN. A probe is asked from the host's network, which policies always let pass. Until a container has answered
// well for the first time it is asked often, so that it is known to be ready when it is, and not up to a period
// later; what it answers in between its periods counts for good only, never against it.
package probe
