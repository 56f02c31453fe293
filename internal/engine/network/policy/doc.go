// Package policy compiles NetworkPolicies into what a packet filter can judge: sets of addresses and lists of what
// is allowed.
//
// DESIGN. The semantics are those of networking.k8s.io/v1: a pod that no policy selects for a direction may do
// everything in it, one that is selected may do what the union of its policies allows, and a connection needs the
// consent of both ends. Lists name sets and are shared by all pods that the same policies select, so that a pod that
// comes or goes changes members of sets and nothing else. A port given by name becomes a set of address, protocol
// and port, whichever end has the name. What cannot be understood (a selector or a range that validation would have
// refused) allows nothing. Everything here is a function of its input; nothing touches the kernel.
// See https://kubernetes.io/docs/concepts/services-networking/network-policies/
package policy
