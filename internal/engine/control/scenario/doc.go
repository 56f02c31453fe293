// Package scenario says what controllers promise, in scenarios that run against anything that behaves like Kubernetes.
//
// DESIGN. A scenario talks to a Cluster, a small interface that the engine's store (with a fake kubelet) and a client
// of a real cluster can both offer, and never to controllers. Invariants, such as "never more pods than maxSurge
// allows", are checked at every change of a pod, not only at the end. Kubernetes itself promises some of them less
// strictly, by the sizes of ReplicaSets instead of the pods there are; Cluster.Strict tells which to hold.
package scenario
