// Package job runs the pods of Jobs to their end.
//
// DESIGN. The rules are those of Kubernetes' Job controller (pkg/controller/job): pods carry a finalizer until they are
// counted, so that each counts exactly once although the controller may die between any two writes. Two things are
// stricter. A pod that is being deleted is replaced only when its containers have ended (as podReplacementPolicy:
// Failed says; always), so that a Job of parallelism 1, a migration, never runs twice at once. And the back-off is
// derived from the pods, so that it survives a restart. What is not done here (backoffLimitPerIndex,
// maxFailedIndexes, successPolicy, managedBy, the action FailIndex) the API refuses.
package job
