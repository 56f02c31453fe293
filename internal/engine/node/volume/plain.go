package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// emptyDir makes a directory that everybody may write to, in memory if it says so.
func (m *Manager) emptyDir(pod *corev1.Pod, v *corev1.Volume) error {
	dir := filepath.Join(m.Dir(pod.UID), v.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	switch v.EmptyDir.Medium {
	case corev1.StorageMediumDefault:
	case corev1.StorageMediumMemory:
		if on, err := mountinfo.Mounted(dir); err != nil {
			return err
		} else if !on {
			data := "mode=0777"
			if l := v.EmptyDir.SizeLimit; l != nil && !l.IsZero() {
				data += fmt.Sprintf(",size=%d", l.Value())
			}
			if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, data); err != nil {
				return fmt.Errorf("mount tmpfs %s: %w", dir, err)
			}
		}
	default:
		return fmt.Errorf("emptyDir: medium %q is not one that this machine has", v.EmptyDir.Medium)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		return err
	}
	return own(pod, dir, false)
}

// checkHostPath is what the type of a hostPath asks for; see the API reference.
func checkHostPath(path string, t *corev1.HostPathType) error {
	if t == nil || *t == corev1.HostPathUnset {
		// The runtime makes a missing directory, as Kubernetes' runtimes do.
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return os.MkdirAll(path, 0o755)
		}
		return nil
	}
	st, err := os.Stat(path)
	missing := errors.Is(err, os.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	is := func(ok func(os.FileMode) bool, what string) error {
		if missing || !ok(st.Mode()) {
			return fmt.Errorf("hostPath type check failed: %s is not a %s", path, what)
		}
		return nil
	}
	switch *t {
	case corev1.HostPathDirectoryOrCreate:
		if missing {
			return os.MkdirAll(path, 0o755)
		}
		return is(os.FileMode.IsDir, "directory")
	case corev1.HostPathDirectory:
		return is(os.FileMode.IsDir, "directory")
	case corev1.HostPathFileOrCreate:
		if missing {
			f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
			if err != nil {
				return err
			}
			return f.Close()
		}
		return is(os.FileMode.IsRegular, "file")
	case corev1.HostPathFile:
		return is(os.FileMode.IsRegular, "file")
	case corev1.HostPathSocket:
		return is(func(m os.FileMode) bool { return m.Type() == os.ModeSocket }, "socket file")
	case corev1.HostPathCharDev:
		return is(func(m os.FileMode) bool { return m&os.ModeCharDevice != 0 }, "character device")
	case corev1.HostPathBlockDev:
		return is(func(m os.FileMode) bool { return m.Type() == os.ModeDevice }, "block device")
	}
	return fmt.Errorf("hostPath: unknown type %q", *t)
}

// claimName is the claim that a volume is bound to; a generic ephemeral volume has one of its own.
func claimName(pod *corev1.Pod, v *corev1.Volume) string {
	switch {
	case v.PersistentVolumeClaim != nil:
		return v.PersistentVolumeClaim.ClaimName
	case v.Ephemeral != nil:
		return pod.Name + "-" + v.Name
	}
	return ""
}

// claim finds the persistent volume of a claim and makes its directory the pod's.
func (m *Manager) claim(pod *corev1.Pod, v *corev1.Volume) (*corev1.PersistentVolume, error) {
	name := claimName(pod, v)
	pvc, err := store.Get[*corev1.PersistentVolumeClaim](m.Store, pod.Namespace, name)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("persistentvolumeclaim %q not found", name)
	} else if err != nil {
		return nil, err
	}
	if pvc.Status.Phase != corev1.ClaimBound || pvc.Spec.VolumeName == "" {
		return nil, fmt.Errorf("persistentvolumeclaim %q is not bound yet", name)
	}
	pv, err := store.Get[*corev1.PersistentVolume](m.Store, "", pvc.Spec.VolumeName)
	if err != nil {
		return nil, fmt.Errorf("persistentvolumeclaim %q: %w", name, err)
	}
	path, err := volumePath(pv)
	if err != nil {
		return nil, err
	}
	if pv.Spec.Local != nil {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("persistentvolume %q: %w", pv.Name, err)
		}
		return pv, own(pod, path, false)
	}
	if err := checkHostPath(path, pv.Spec.HostPath.Type); err != nil {
		return nil, fmt.Errorf("persistentvolume %q: %w", pv.Name, err)
	}
	return pv, nil
}

func volumePath(pv *corev1.PersistentVolume) (string, error) {
	switch {
	case pv.Spec.Local != nil:
		return pv.Spec.Local.Path, nil
	case pv.Spec.HostPath != nil:
		return pv.Spec.HostPath.Path, nil
	}
	return "", fmt.Errorf("persistentvolume %q is neither local nor hostPath, the kinds that one machine can have", pv.Name)
}
