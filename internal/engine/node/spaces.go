package node

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// spaces are what the containers of a pod share beside the network: host name, System V IPC, /dev/shm. A pod of one
// container has its own instead, which costs no mount on the host.
type spaces struct{ ipc, uts, shm string }

func (n *Node) spacesDir(uid types.UID) string {
	return filepath.Join(n.Home.Run, "spaces", string(uid))
}

func (n *Node) makeSpaces(pod *corev1.Pod) (spaces, error) {
	if len(pod.Spec.Containers)+len(pod.Spec.InitContainers) < 2 {
		return spaces{}, nil
	}
	dir := n.spacesDir(pod.UID)
	s := spaces{ipc: filepath.Join(dir, "ipc"), uts: filepath.Join(dir, "uts"), shm: filepath.Join(dir, "shm")}
	if err := os.MkdirAll(s.shm, 0o755); err != nil {
		return s, err
	}
	if on, err := mountinfo.Mounted(s.shm); err != nil {
		return s, err
	} else if !on {
		if err := unix.Mount("shm", s.shm, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=1777,size=65536k"); err != nil {
			return s, fmt.Errorf("mount tmpfs %s: %w", s.shm, err)
		}
	}
	if on, err := mountinfo.Mounted(s.uts); err == nil && on { // made last
		return s, nil
	}
	for _, p := range []string{s.ipc, s.uts} {
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			return s, err
		}
	}
	res := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		res <- pinNamespaces(s, hostname(pod))
	}()
	return s, <-res
}

// pinNamespaces gives the calling thread new namespaces and keeps them by mounts.
func pinNamespaces(s spaces, hostname string) error {
	if err := unix.Unshare(unix.CLONE_NEWIPC | unix.CLONE_NEWUTS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Sethostname([]byte(hostname)); err != nil {
		return os.NewSyscallError("sethostname", err)
	}
	for _, ns := range []struct{ name, path string }{{"ipc", s.ipc}, {"uts", s.uts}} {
		if err := unix.Mount("/proc/thread-self/ns/"+ns.name, ns.path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount %s: %w", ns.path, err)
		}
	}
	return nil
}

func (n *Node) removeSpaces(uid types.UID) {
	dir := n.spacesDir(uid)
	for _, p := range []string{"ipc", "uts", "shm"} {
		_ = unix.Unmount(filepath.Join(dir, p), unix.MNT_DETACH)
	}
	_ = os.RemoveAll(dir)
}
