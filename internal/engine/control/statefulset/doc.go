// Package statefulset keeps the numbered pods of StatefulSets, each with its name, its host name and its claims.
//
// DESIGN. The rules are those of Kubernetes' StatefulSet controller (pkg/controller/statefulset): pods come in order and
// go in reverse, one at a time unless podManagementPolicy is Parallel; an update goes from the highest ordinal to
// the partition; templates are kept as ControllerRevisions in the form that kubectl reads. As in Kubernetes v1.36
// without its feature gate, updateStrategy.rollingUpdate.maxUnavailable has no effect: one pod at a time.
package statefulset
