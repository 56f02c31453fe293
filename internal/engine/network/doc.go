// Package network gives pods their addresses, Services and names, and holds NetworkPolicies against them.
//
// DESIGN. Each pod has a network namespace and one veth; the host routes to it by a /32 and every packet passes the
// host's forward hook, where policies are judged and nothing on the machine can lead around them. There is no ARP:
// both ends know the other's hardware address, and a new pod learns its gateway's only once the packet filter knows
// the pod, so that its first packets wait instead of passing unjudged or being lost.
// Services are address translation in the kernel: connections keep their source address (except those that a pod
// opens to itself, and those from the host's loopback), and all goes on when the engine dies. The rules are computed
// whole from the store and committed as differences, a batch at a time.
// What exists is read from the kernel at start: namespaces mounted under the run directory carry address and pod in
// their name. Only the choice of address ranges is kept in a file.
// An established connection is not cut when a policy changes, as with most network plugins; what a policy refuses is
// dropped without an answer. Pods have no IPv6. Forwarding is switched on for the whole host and stays on.
package network
