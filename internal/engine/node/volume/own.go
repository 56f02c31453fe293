package volume

import (
	"io/fs"
	"os"
	"syscall"

	corev1 "k8s.io/api/core/v1"
)

// own gives a volume to the pod's fsGroup, as the kubelet does: group, group rights, and directories whose new files
// inherit the group.
func own(pod *corev1.Pod, dir string, readOnly bool) error {
	sc := pod.Spec.SecurityContext
	if sc == nil || sc.FSGroup == nil {
		return nil
	}
	gid := int(*sc.FSGroup)
	mask, dirs := os.FileMode(0o660), os.ModeSetgid|0o110
	if readOnly {
		mask = 0o440
	}
	if p := sc.FSGroupChangePolicy; p != nil && *p == corev1.FSGroupChangeOnRootMismatch {
		if st, err := os.Stat(dir); err == nil {
			want := mask | dirs
			if int(st.Sys().(*syscall.Stat_t).Gid) == gid && (st.Mode().Perm()|st.Mode()&os.ModeSetgid)&want == want {
				return nil
			}
		}
	}
	root, err := os.OpenRoot(dir) // a program in the volume may put a link where a directory was: nothing outside is touched
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return ignoreGone(err)
		}
		st, err := d.Info()
		if err != nil {
			return ignoreGone(err)
		}
		if err := root.Lchown(path, -1, gid); err != nil {
			return ignoreGone(err)
		}
		if st.Mode()&os.ModeSymlink != 0 {
			return nil // its mode means nothing
		}
		mode := st.Mode() | mask
		if d.IsDir() {
			mode |= dirs
		}
		return ignoreGone(root.Chmod(path, mode))
	})
}

// ignoreGone: a program that uses the volume may remove files meanwhile.
func ignoreGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
