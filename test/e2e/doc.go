// Package e2e drives the commands as a user does, against the engine and against a real Kubernetes: the scenarios are
// written once and know a target only by its name, its kubeconfig and the address where its applications answer.
package e2e
