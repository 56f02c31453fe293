package volume

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// syncVolume keeps the phase of a volume, protects one that is bound from deletion, and reclaims one whose claim is
// gone.
func (c *controller) syncVolume(ctx context.Context, key store.Key) error {
	pv, err := store.Get[*corev1.PersistentVolume](c.Store, "", key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	phase, orphan := c.phase(pv)
	if pv.DeletionTimestamp == nil && !slices.Contains(pv.Finalizers, volumeProtection) {
		next := pv.DeepCopy()
		next.Finalizers = append(next.Finalizers, volumeProtection)
		if pv, err = loop.Update(ctx, c.Store, next); err != nil {
			return loop.IgnoreNotFound(err)
		}
	}
	if pv, err = c.setPhase(ctx, pv, phase, ""); err != nil {
		return loop.IgnoreNotFound(err)
	}
	if orphan {
		return c.reclaim(ctx, pv)
	}
	if pv.DeletionTimestamp != nil && phase != corev1.VolumeBound {
		return c.letGo(ctx, pv)
	}
	return nil
}

// phase tells how a volume stands, and whether its claim is gone.
func (c *controller) phase(pv *corev1.PersistentVolume) (phase corev1.PersistentVolumePhase, orphan bool) {
	ref := pv.Spec.ClaimRef
	if ref == nil || ref.UID == "" {
		return corev1.VolumeAvailable, false
	}
	claim, err := store.Get[*corev1.PersistentVolumeClaim](c.Store, ref.Namespace, ref.Name)
	if err != nil || claim.UID != ref.UID {
		return corev1.VolumeReleased, true
	}
	return corev1.VolumeBound, false
}

func (c *controller) setPhase(ctx context.Context, pv *corev1.PersistentVolume, phase corev1.PersistentVolumePhase, message string) (*corev1.PersistentVolume, error) {
	if pv.Status.Phase == phase && pv.Status.Message == message || phase == corev1.VolumeReleased && pv.Status.Phase == corev1.VolumeFailed {
		return pv, nil
	}
	next := pv.DeepCopy()
	if next.Status.Phase != phase {
		now := c.Now()
		next.Status.LastPhaseTransitionTime = &now
	}
	next.Status.Phase, next.Status.Message = phase, message
	return loop.UpdateStatus(ctx, c.Store, next)
}

// reclaim does to a volume whose claim is gone what its policy says.
func (c *controller) reclaim(ctx context.Context, pv *corev1.PersistentVolume) error {
	switch {
	case pv.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete && local(pv):
		if err := c.removeDir(pv.Spec.HostPath.Path); err != nil {
			c.events.Event(pv, corev1.EventTypeWarning, "VolumeFailedDelete", "%v", err)
			if _, ferr := c.setPhase(ctx, pv, corev1.VolumeFailed, err.Error()); ferr != nil {
				return loop.IgnoreNotFound(ferr)
			}
			return fmt.Errorf("persistentvolume %s: %w", pv.Name, err)
		}
		if err := loop.Delete(ctx, c.Store, pv, metav1.DeleteOptions{}); err != nil {
			return err
		}
	case pv.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete && pv.Annotations[provisionedBy] == "" && pv.Status.Phase != corev1.VolumeFailed:
		// As in Kubernetes: a volume that somebody made by hand has nobody to delete it.
		message := "error getting deleter volume plugin for volume \"" + pv.Name + "\": no deletable volume plugin matched"
		c.events.Event(pv, corev1.EventTypeWarning, "VolumeFailedDelete", "%s", message)
		if _, err := c.setPhase(ctx, pv, corev1.VolumeFailed, message); err != nil {
			return loop.IgnoreNotFound(err)
		}
	case pv.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRecycle && pv.Status.Phase != corev1.VolumeFailed:
		message := "the policy Recycle is not supported; use Delete or Retain"
		c.events.Event(pv, corev1.EventTypeWarning, "VolumeFailedRecycle", "%s", message)
		if _, err := c.setPhase(ctx, pv, corev1.VolumeFailed, message); err != nil {
			return loop.IgnoreNotFound(err)
		}
	}
	if fresh, err := store.Get[*corev1.PersistentVolume](c.Store, "", pv.Name); err == nil && fresh.DeletionTimestamp != nil {
		return c.letGo(ctx, fresh)
	}
	return nil
}

// letGo takes the protection from a volume that is being deleted and no longer bound.
func (c *controller) letGo(ctx context.Context, pv *corev1.PersistentVolume) error {
	if !slices.Contains(pv.Finalizers, volumeProtection) {
		return nil
	}
	next := pv.DeepCopy()
	next.Finalizers = slices.DeleteFunc(next.Finalizers, func(f string) bool { return f == volumeProtection })
	_, err := loop.Update(ctx, c.Store, next)
	return loop.IgnoreNotFound(err)
}
