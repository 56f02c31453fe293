package volume

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// Provisioner makes the volumes of StorageClasses that name it.
const Provisioner = "slipway.dev/local"

// ClassName is the StorageClass that is there from the start.
const ClassName = "local"

// local tells whether the volume is a directory made here, and so to be removed here.
func local(pv *corev1.PersistentVolume) bool {
	return pv.Annotations[provisionedBy] == Provisioner && pv.Spec.HostPath != nil
}

func volumeName(claim *corev1.PersistentVolumeClaim) string { return "pvc-" + string(claim.UID) }

// provision makes the volume of a claim if its class is one of ours, and says who else must if not.
func (c *controller) provision(ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) error {
	fail := func(format string, args ...any) error {
		c.events.Event(claim, corev1.EventTypeWarning, "ProvisioningFailed", format, args...)
		return nil
	}
	switch {
	case class.Provisioner == noProvisioner:
		return fail("storageclass %q does not support dynamic provisioning", class.Name)
	case class.Provisioner != Provisioner:
		c.events.Event(claim, corev1.EventTypeNormal, "ExternalProvisioning", "Waiting for a volume to be created either by the external provisioner '%s' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.", class.Provisioner)
		return nil
	case claim.Spec.Selector != nil:
		return fail("failed to provision volume with StorageClass %q: claim Selector is not supported; remove spec.selector, or make a PersistentVolume that it matches", class.Name)
	case mode(claim.Spec.VolumeMode) != corev1.PersistentVolumeFilesystem:
		return fail("failed to provision volume with StorageClass %q: volumes of this class are directories; use volumeMode Filesystem", class.Name)
	case claim.Spec.DataSourceRef != nil || claim.Spec.DataSource != nil:
		return fail("failed to provision volume with StorageClass %q: data sources are not supported", class.Name)
	}
	annotate(&claim.ObjectMeta, provisionerOf, Provisioner)
	annotate(&claim.ObjectMeta, provisionerBeta, Provisioner)
	name := volumeName(claim)
	pv, err := store.Get[*corev1.PersistentVolume](c.Store, "", name)
	if apierrors.IsNotFound(err) {
		pv, err = loop.Create(ctx, c.Store, c.newVolume(claim, class))
		if err == nil {
			c.events.Event(claim, corev1.EventTypeNormal, "ProvisioningSucceeded", "Successfully provisioned volume %s", name)
		}
	}
	if err != nil {
		return err
	}
	if pv.Spec.ClaimRef == nil || pv.Spec.ClaimRef.UID != claim.UID {
		return fail("volume %q exists and is not this claim's", name)
	}
	return c.complete(ctx, claim, pv)
}

func (c *controller) newVolume(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) *corev1.PersistentVolume {
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	kind := corev1.HostPathDirectory
	filesystem := corev1.PersistentVolumeFilesystem
	path := filepath.Join(c.dir, fmt.Sprintf("%s_%s_%.8s", claim.Namespace, claim.Name, claim.UID))
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name:        volumeName(claim),
			Annotations: map[string]string{provisionedBy: Provisioner},
			Finalizers:  []string{volumeProtection},
		},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      maps.Clone(claim.Spec.Resources.Requests),
			AccessModes:                   claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: policy,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			VolumeMode:                    &filesystem,
			ClaimRef:                      claimRef(claim),
			PersistentVolumeSource:        corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path, Type: &kind}},
		},
	}
}

// makeDir makes the directory of a volume, writable for every user of a container; see the package comment. One that
// is there keeps the mode that its users gave it.
func makeDir(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil {
		if os.IsExist(err) {
			return nil
		}
		return err
	}
	return os.Chmod(path, 0o777) // whatever the umask
}

// removeDir removes the directory of a volume; never anything outside the directory of all volumes.
func (c *controller) removeDir(path string) error {
	if filepath.Dir(filepath.Clean(path)) != filepath.Clean(c.dir) {
		return fmt.Errorf("%s is not a directory of a volume made here", path)
	}
	return os.RemoveAll(path)
}

// newClass makes the controller that keeps the StorageClass `local` there. Its marks as the default, reclaim policy
// and so on are its owner's to change.
func newClass(env *loop.Env) loop.Runner {
	key := store.Key{Name: ClassName}
	c := loop.New(env, "storage-class", 1, func(ctx context.Context, _ store.Key) error {
		if _, err := store.Get[*storagev1.StorageClass](env.Store, "", ClassName); err == nil {
			return nil
		}
		reclaim, binding, grows := corev1.PersistentVolumeReclaimDelete, storagev1.VolumeBindingImmediate, true
		class := &storagev1.StorageClass{
			ObjectMeta:           metav1.ObjectMeta{Name: ClassName, Annotations: map[string]string{}},
			Provisioner:          Provisioner,
			ReclaimPolicy:        &reclaim,
			VolumeBindingMode:    &binding,
			AllowVolumeExpansion: &grows,
		}
		if DefaultClass(env.Store) == nil {
			class.Annotations[defaultClass] = "true"
		}
		_, err := loop.Create(ctx, env.Store, class)
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
	loop.Watch[*storagev1.StorageClass](c, func(e store.Event) []store.Key {
		if e.Object.GetName() == ClassName {
			return []store.Key{key}
		}
		return nil
	})
	c.Add(key)
	return c
}
