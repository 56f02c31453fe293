// Package control is the engine's controllers: each brings objects of one kind to what their specs ask for.
//
// DESIGN. One controller per sub-package, all on the harness `loop`, in one process over the store: what Kubernetes
// spreads over kube-controller-manager, kube-scheduler and a volume provisioner. Semantics, reasons, conditions and
// annotations are those of Kubernetes v1.36; each package says where it is stricter or narrower. State is derived
// from the store alone, so that the engine may die between any two writes; and nothing is written that is already
// so, so that an idle engine writes nothing. Package scenario holds what is promised, written once for these
// controllers and for a real cluster.
package control
