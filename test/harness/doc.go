// Package harness starts what tests deliver to: an engine of its own, or a real Kubernetes.
//
// DESIGN. Tests know a target only by its kubeconfig and the flags that name it to the commands, so that what is
// written once runs on both. Each target has its state in a directory of its own and is taken down with the test.
// SLIPWAY_BIN is the directory of the commands, SLIPWAY_KUBERNETES the program of test/kubernetes.
package harness
