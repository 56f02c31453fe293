package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	pathrs "github.com/cyphar/filepath-securejoin/pathrs-lite"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/confine"
	"github.com/slipway-sh/slipway/internal/engine/node/environ"
)

func (m *Manager) subPaths() string { return filepath.Join(m.Home.Run, "subpaths") }

// Mounts says what to mount in a container; id is unique to it and may stand in a file name. done is to be called
// when the container is started, or will not be.
func (m *Manager) Mounts(pod *corev1.Pod, c *corev1.Container, id string, env environ.Vars) (_ []confine.Mount, done func(), err error) {
	dir := filepath.Join(m.subPaths(), id)
	undo := func() {
		_ = unmountBelow(dir)
		_ = os.RemoveAll(dir)
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	var out []confine.Mount
	for i := range c.VolumeMounts {
		vm := &c.VolumeMounts[i]
		v := find(pod, vm.Name)
		if v == nil {
			return nil, nil, fmt.Errorf("container %s: volume %q is not one of the pod's", c.Name, vm.Name)
		}
		source, err := m.path(pod, v)
		if err != nil {
			return nil, nil, err
		}
		readOnly := vm.ReadOnly || v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ReadOnly || projects(v)
		sub := vm.SubPath
		if vm.SubPathExpr != "" {
			sub = environ.Expand(vm.SubPathExpr, env.Lookup)
		}
		if sub != "" {
			source, err = hold(source, sub, filepath.Join(dir, strconv.Itoa(i)))
			if err != nil {
				return nil, nil, fmt.Errorf("failed to prepare subPath for volumeMount %q of container %q: %w", vm.Name, c.Name, err)
			}
		}
		mount := confine.Mount{Source: source, Path: vm.MountPath, ReadOnly: readOnly,
			Recursive: vm.RecursiveReadOnly != nil && *vm.RecursiveReadOnly != corev1.RecursiveReadOnlyDisabled}
		if vm.MountPropagation != nil {
			mount.Propagation = *vm.MountPropagation
		}
		out = append(out, mount)
	}
	return out, undo, nil
}

func find(pod *corev1.Pod, name string) *corev1.Volume {
	for i := range pod.Spec.Volumes {
		if pod.Spec.Volumes[i].Name == name {
			return &pod.Spec.Volumes[i]
		}
	}
	return nil
}

// hold resolves a path inside a volume, makes it a directory if it is missing, and mounts it at a place that no
// container can reach: what is checked is what is mounted.
func hold(volume, sub, place string) (string, error) {
	if !filepath.IsLocal(sub) {
		return "", fmt.Errorf("%q leads out of the volume", sub)
	}
	h, err := pathrs.OpenInRoot(volume, sub)
	if errors.Is(err, os.ErrNotExist) {
		mode := os.FileMode(0o755)
		if st, err := os.Stat(volume); err == nil {
			mode = st.Mode().Perm() | 0o700
		}
		if err := pathrs.MkdirAll(volume, sub, mode); err != nil {
			return "", err
		}
		h, err = pathrs.OpenInRoot(volume, sub)
	}
	if err != nil {
		return "", err
	}
	defer h.Close()
	st, err := h.Stat()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return "", err
	}
	if st.IsDir() {
		err = os.Mkdir(place, 0o700)
	} else {
		err = os.WriteFile(place, nil, 0o600)
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	if err := unix.Mount("/proc/self/fd/"+strconv.Itoa(int(h.Fd())), place, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return "", fmt.Errorf("mount %s: %w", place, err)
	}
	return place, nil
}
