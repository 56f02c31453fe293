// Package disruption says in PodDisruptionBudgets how many pods may be evicted now.
//
// DESIGN. The rules are those of Kubernetes' disruption controller (pkg/controller/disruption): a budget counts the
// healthy pods that it selects against those its controllers ask for. The API decides on evictions by this status,
// and notes each in disruptedPods; a pod noted there that is not gone after two minutes counts as healthy again.
package disruption
