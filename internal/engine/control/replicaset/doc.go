// Package replicaset keeps as many pods of a template as a ReplicaSet asks for.
//
// DESIGN. The rules are those of Kubernetes' ReplicaSet controller (pkg/controller/replicaset). A pod is created only
// if the ReplicaSet is still the one that was read, judged with other writes held back, so that a Deployment that
// scales it down at the same moment never sees one pod too many.
package replicaset
