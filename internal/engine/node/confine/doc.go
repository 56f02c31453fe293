// Package confine says what a container may do: it turns a pod's container into the configuration of libcontainer.
//
// DESIGN. Secure by default, as Docker is: its seccomp profile, its capabilities, its masked and read-only paths; and
// then what the securityContext says. What the machine itself forbids (raising a limit, lowering an OOM score) is
// clamped, never an error. It refuses what would make a security setting untrue, for instance a user that cannot be
// shown not to be root.
package confine
