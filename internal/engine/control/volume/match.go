package volume

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// isFor tells whether the volume is kept for that very claim, or for one of its name.
func isFor(pv *corev1.PersistentVolume, claim *corev1.PersistentVolumeClaim) bool {
	ref := pv.Spec.ClaimRef
	return ref != nil && ref.Namespace == claim.Namespace && ref.Name == claim.Name && (ref.UID == "" || ref.UID == claim.UID)
}

// bestMatch is the volume kept for the claim, else the smallest free one that satisfies it, or nil.
func bestMatch(all []*corev1.PersistentVolume, claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	var best *corev1.PersistentVolume
	for _, pv := range all {
		if pv.DeletionTimestamp != nil || unfit(pv, claim) != "" {
			continue
		}
		if isFor(pv, claim) {
			return pv
		}
		if pv.Spec.ClaimRef != nil || !selected(pv, claim) {
			continue
		}
		if best == nil || size(pv.Spec.Capacity) < size(best.Spec.Capacity) {
			best = pv
		}
	}
	return best
}

func size(l corev1.ResourceList) int64 {
	q := l[corev1.ResourceStorage]
	return q.Value()
}

func selected(pv *corev1.PersistentVolume, claim *corev1.PersistentVolumeClaim) bool {
	if claim.Spec.Selector == nil {
		return true
	}
	sel, err := metav1.LabelSelectorAsSelector(claim.Spec.Selector)
	return err == nil && sel.Matches(labels.Set(pv.Labels))
}

// unfit says why a volume cannot satisfy a claim, or "".
func unfit(pv *corev1.PersistentVolume, claim *corev1.PersistentVolumeClaim) string {
	class := ""
	if claim.Spec.StorageClassName != nil {
		class = *claim.Spec.StorageClassName
	}
	switch {
	case size(pv.Spec.Capacity) < size(claim.Spec.Resources.Requests):
		return "requested PV is too small"
	case pv.Spec.StorageClassName != class:
		return "storageClassName does not match"
	case mode(pv.Spec.VolumeMode) != mode(claim.Spec.VolumeMode):
		return "incompatible volumeMode"
	}
	for _, m := range claim.Spec.AccessModes {
		if !slices.Contains(pv.Spec.AccessModes, m) {
			return "incompatible accessMode"
		}
	}
	return ""
}

func mode(m *corev1.PersistentVolumeMode) corev1.PersistentVolumeMode {
	if m == nil {
		return corev1.PersistentVolumeFilesystem
	}
	return *m
}

func (c *controller) class(claim *corev1.PersistentVolumeClaim) (*storagev1.StorageClass, error) {
	if claim.Spec.StorageClassName == nil || *claim.Spec.StorageClassName == "" {
		return nil, fmt.Errorf("no storage class")
	}
	return store.Get[*storagev1.StorageClass](c.Store, "", *claim.Spec.StorageClassName)
}

// DefaultClass is the newest StorageClass that is marked as the default, or nil.
func DefaultClass(s *store.Store) *storagev1.StorageClass {
	var newest *storagev1.StorageClass
	for _, class := range store.List[*storagev1.StorageClass](s, "", nil) {
		if class.Annotations[defaultClass] == "true" && (newest == nil || newest.CreationTimestamp.Before(&class.CreationTimestamp)) {
			newest = class
		}
	}
	return newest
}
