package volume

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// Admit does what Kubernetes' admission plugins DefaultStorageClass, StorageObjectInUseProtection and
// PersistentVolumeClaimResize do: a claim without a class gets the default one, claims and volumes get their
// protection from the start, and a claim grows only if its class lets it.
func Admit(s *store.Store) store.Admission {
	return func(r *store.Request) error {
		switch obj := r.Object.(type) {
		case *corev1.PersistentVolumeClaim:
			switch r.Operation {
			case store.OpCreate:
				protect(obj, claimProtection)
				if class := DefaultClass(s); obj.Spec.StorageClassName == nil && class != nil {
					obj.Spec.StorageClassName = &class.Name
				}
			case store.OpUpdate:
				return grows(s, obj, r.Old.(*corev1.PersistentVolumeClaim), r.Kind)
			}
		case *corev1.PersistentVolume:
			if r.Operation == store.OpCreate {
				protect(obj, volumeProtection)
			}
		}
		return nil
	}
}

func protect(obj store.Object, finalizer string) {
	if !slices.Contains(obj.GetFinalizers(), finalizer) {
		obj.SetFinalizers(append(obj.GetFinalizers(), finalizer))
	}
}

func grows(s *store.Store, claim, old *corev1.PersistentVolumeClaim, k *store.Kind) error {
	if size(claim.Spec.Resources.Requests) <= size(old.Spec.Resources.Requests) {
		return nil
	}
	if claim.Spec.StorageClassName != nil {
		class, err := store.Get[*storagev1.StorageClass](s, "", *claim.Spec.StorageClassName)
		if err == nil && class.AllowVolumeExpansion != nil && *class.AllowVolumeExpansion {
			return nil
		}
	}
	return apierrors.NewForbidden(k.GR(), claim.Name, fmt.Errorf("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"))
}
