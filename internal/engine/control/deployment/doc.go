// Package deployment rolls Deployments from one template to the next.
//
// DESIGN. The rules, reasons and annotations are those of Kubernetes' Deployment controller
// (pkg/controller/deployment), so that `kubectl rollout status|history|undo|pause` work. Two things are stricter:
// maxSurge counts the pods there are and not only those asked for, and one look writes the status once, at its end.
// The pod-template-hash is stable but not the one Kubernetes computes.
package deployment
