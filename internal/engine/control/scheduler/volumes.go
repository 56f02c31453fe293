package scheduler

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// selectedNode is the annotation by which a claim that waits for its first consumer learns of the node.
const selectedNode = "volume.kubernetes.io/selected-node"

// mounts is what a pod's claims ask of its node.
type mounts struct {
	volumes  []*corev1.PersistentVolume
	unplaced []*corev1.PersistentVolumeClaim // wait for their first consumer
	busy     bool                            // a claim for one pod only is in use by another
}

// volumes judges the claims of a pod; the text says what keeps the pod from running on any node.
func (c *controller) volumes(p *corev1.Pod) (mounts, string) {
	var m mounts
	unbound := false
	for _, name := range pods.Claims(p) {
		claim, err := store.Get[*corev1.PersistentVolumeClaim](c.Store, p.Namespace, name)
		switch {
		case err != nil:
			return m, fmt.Sprintf("persistentvolumeclaim %q not found", name)
		case claim.Status.Phase == corev1.ClaimLost:
			return m, fmt.Sprintf("persistentvolumeclaim %q bound to non-existent persistentvolume %q", name, claim.Spec.VolumeName)
		case claim.DeletionTimestamp != nil:
			return m, fmt.Sprintf("persistentvolumeclaim %q is being deleted", name)
		}
		if slices.Contains(claim.Spec.AccessModes, corev1.ReadWriteOncePod) && c.inUse(p, name) {
			m.busy = true
		}
		if claim.Status.Phase == corev1.ClaimBound {
			pv, err := store.Get[*corev1.PersistentVolume](c.Store, "", claim.Spec.VolumeName)
			if err != nil {
				return m, fmt.Sprintf("persistentvolumeclaim %q bound to non-existent persistentvolume %q", name, claim.Spec.VolumeName)
			}
			m.volumes = append(m.volumes, pv)
			continue
		}
		if c.waitsForConsumer(claim) {
			m.unplaced = append(m.unplaced, claim)
		} else {
			unbound = true
		}
	}
	if unbound {
		return m, "pod has unbound immediate PersistentVolumeClaims"
	}
	return m, ""
}

func (c *controller) waitsForConsumer(claim *corev1.PersistentVolumeClaim) bool {
	if claim.Spec.StorageClassName == nil || claim.Spec.VolumeName != "" {
		return false
	}
	class, err := store.Get[*storagev1.StorageClass](c.Store, "", *claim.Spec.StorageClassName)
	return err == nil && class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
}

// inUse tells whether another placed pod uses the claim.
func (c *controller) inUse(p *corev1.Pod, claim string) bool {
	for _, o := range store.List[*corev1.Pod](c.Store, p.Namespace, nil) {
		if o.UID != p.UID && o.Spec.NodeName != "" && !pods.Finished(o) && slices.Contains(pods.Claims(o), claim) {
			return true
		}
	}
	return false
}
