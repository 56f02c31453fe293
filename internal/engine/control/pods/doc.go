// Package pods answers what controllers ask of pods: ready, available, whose, and which to delete first.
//
// DESIGN. The rules are those of Kubernetes' controller utilities (pkg/controller/controller_utils.go and
// controller_ref_manager.go), on plain objects, without clients or caches.
package pods
