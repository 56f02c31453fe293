package node

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/opencontainers/cgroups"
	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/types"
)

// root is the cgroup of this engine's pods; each engine on a machine has its own.
func (n *Node) cgroupRoot() string {
	sum := sha256.Sum256([]byte(n.Home.Run))
	return "/slipway-" + hex.EncodeToString(sum[:4])
}

func (n *Node) cgroup(uid types.UID) string { return n.cgroupRoot() + "/pod" + string(uid) }

// removeCgroup removes the pod's cgroup, whose containers' are gone.
func (n *Node) removeCgroup(path string) {
	for _, root := range cgroupMounts() {
		removeTree(filepath.Join(root, path))
	}
}

func removeTree(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeTree(filepath.Join(dir, e.Name()))
		}
	}
	_ = unix.Rmdir(dir)
}

// cgroupMounts is every hierarchy: one for cgroup v2, several for v1.
func cgroupMounts() []string {
	const root = "/sys/fs/cgroup"
	if cgroups.IsCgroup2UnifiedMode() {
		return []string{root}
	}
	dirs, _ := filepath.Glob(root + "/*")
	return dirs
}
