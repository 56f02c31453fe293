package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/home"
)

// Manager makes volumes and removes them.
type Manager struct {
	Store   *store.Store
	Home    home.Dir
	Machine corev1.ResourceList // what the node has, for resource fields of containers without limits
	// Token makes a service account token; nil if this engine has none.
	Token func(pod *corev1.Pod, p *corev1.ServiceAccountTokenProjection) (string, error)
}

// Dir is what the manager keeps of a pod on disk.
func (m *Manager) Dir(uid types.UID) string {
	return filepath.Join(m.Home.Pods(), string(uid), "volumes")
}

// secretRoot is a tmpfs for all volumes with secrets.
func (m *Manager) secretRoot() string { return filepath.Join(m.Home.Run, "secrets") }

func (m *Manager) secretDir(uid types.UID) string { return filepath.Join(m.secretRoot(), string(uid)) }

// Prepare is to be called once before anything else; it mounts the file system for secrets unless it is there.
func (m *Manager) Prepare() error {
	dir := m.secretRoot()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if on, err := mountinfo.Mounted(dir); err != nil || on {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0711"); err != nil {
		return fmt.Errorf("mount tmpfs %s: %w", dir, err)
	}
	return nil
}

// Setup makes every volume of the pod; what is there stays. The pod's status holds its addresses.
func (m *Manager) Setup(pod *corev1.Pod) error {
	for i := range pod.Spec.Volumes {
		v := &pod.Spec.Volumes[i]
		if err := m.setup(pod, v); err != nil {
			return fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", v.Name, err)
		}
	}
	return nil
}

func (m *Manager) setup(pod *corev1.Pod, v *corev1.Volume) error {
	switch {
	case v.EmptyDir != nil:
		return m.emptyDir(pod, v)
	case projects(v):
		return m.project(pod, v)
	case v.HostPath != nil:
		return checkHostPath(v.HostPath.Path, v.HostPath.Type)
	case claimName(pod, v) != "":
		_, err := m.claim(pod, v)
		return err
	}
	return errors.New("this kind of volume cannot be had on one machine; use a persistentVolumeClaim, an emptyDir or a hostPath")
}

// path is where the volume is on the host.
func (m *Manager) path(pod *corev1.Pod, v *corev1.Volume) (string, error) {
	switch {
	case v.HostPath != nil:
		return v.HostPath.Path, nil
	case claimName(pod, v) != "":
		pv, err := m.claim(pod, v)
		if err != nil {
			return "", err
		}
		return volumePath(pv)
	case secretive(v):
		return filepath.Join(m.secretDir(pod.UID), v.Name), nil
	}
	return filepath.Join(m.Dir(pod.UID), v.Name), nil
}

// Remove unmounts and removes the volumes of a pod that were its own.
func (m *Manager) Remove(uid types.UID) error {
	if uid == "" {
		return nil
	}
	err := m.Unmount(uid)
	return errors.Join(err, os.RemoveAll(m.secretDir(uid)), os.RemoveAll(m.Dir(uid)))
}

// Unmount takes away what is mounted below a pod's own directories.
func (m *Manager) Unmount(uid types.UID) error {
	return unmountBelow(m.Dir(uid))
}

func unmountBelow(dir string) error {
	mounts, err := mountinfo.GetMounts(mountinfo.PrefixFilter(dir))
	if err != nil {
		return err
	}
	var errs []error
	for i := len(mounts) - 1; i >= 0; i-- {
		p := mounts[i].Mountpoint
		if p != dir && !strings.HasPrefix(p, dir+"/") {
			continue
		}
		if err := unix.Unmount(p, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) {
			errs = append(errs, fmt.Errorf("unmount %s: %w", p, err))
		}
	}
	return errors.Join(errs...)
}

// Collect removes the volumes of every pod that keep does not know, and mounts of subPaths that were left behind.
func (m *Manager) Collect(keep func(types.UID) bool) error {
	errs := []error{unmountBelow(m.subPaths()), os.RemoveAll(m.subPaths())}
	for _, root := range []string{m.secretRoot(), m.Home.Pods()} {
		entries, err := os.ReadDir(root)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, e := range entries {
			if uid := types.UID(e.Name()); !keep(uid) {
				errs = append(errs, m.Remove(uid))
			}
		}
	}
	return errors.Join(errs...)
}
