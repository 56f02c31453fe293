package keeper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mountRoot mounts the layers with a new writable one and returns where. It is unmounted as soon as the container
// has its own copy of the mount, so that a mount on the host is never left behind.
func mountRoot(dir string, layers []string) (string, error) {
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	upper, work, root := filepath.Join(dir, "upper"), filepath.Join(dir, "work"), filepath.Join(dir, "root")
	for _, d := range []string{upper, work, root} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return "", err
		}
	}
	if err := os.Chmod(upper, 0o755); err != nil {
		return "", err
	}
	if len(layers) == 0 {
		empty := filepath.Join(dir, "empty")
		if err := os.MkdirAll(empty, 0o755); err != nil {
			return "", err
		}
		layers = []string{empty}
	}
	data := "lowerdir=" + strings.Join(layers, ":") + ",upperdir=" + upper + ",workdir=" + work
	if len(data) < os.Getpagesize()-16 {
		err := unix.Mount("overlay", root, "overlay", 0, data+",volatile")
		if errors.Is(err, unix.EINVAL) { // a kernel before 5.10
			err = unix.Mount("overlay", root, "overlay", 0, data)
		}
		if err != nil {
			return "", fmt.Errorf("mount overlay %s: %w", root, err)
		}
		return root, nil
	}
	return root, mountMany(root, layers, upper, work)
}

// mountMany mounts more layers than one page of mount options can name.
func mountMany(root string, layers []string, upper, work string) error {
	fs, err := unix.Fsopen("overlay", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return fmt.Errorf("mount overlay %s: %w", root, err)
	}
	defer unix.Close(fs)
	for _, l := range layers {
		if err := unix.FsconfigSetString(fs, "lowerdir+", l); err != nil {
			return fmt.Errorf("mount overlay %s: %d layers need Linux 6.8: %w", root, len(layers), err)
		}
	}
	for k, v := range map[string]string{"upperdir": upper, "workdir": work} {
		if err := unix.FsconfigSetString(fs, k, v); err != nil {
			return fmt.Errorf("mount overlay %s: %s: %w", root, k, err)
		}
	}
	_ = unix.FsconfigSetFlag(fs, "volatile")
	if err := unix.FsconfigCreate(fs); err != nil {
		return fmt.Errorf("mount overlay %s: %w", root, err)
	}
	m, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("mount overlay %s: %w", root, err)
	}
	defer unix.Close(m)
	if err := unix.MoveMount(m, "", unix.AT_FDCWD, root, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mount overlay %s: %w", root, err)
	}
	return nil
}

func unmountRoot(dir string) { _ = unix.Unmount(filepath.Join(dir, "root"), unix.MNT_DETACH) }
