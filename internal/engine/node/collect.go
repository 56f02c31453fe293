package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

// collect removes what pods left behind that are no longer in the store: containers, network, mounts, cgroups, files.
func (n *Node) collect(known []*keeper.Container) {
	mine := map[types.UID]bool{}
	for _, p := range store.List[*corev1.Pod](n.Store, "", nil) {
		if p.Spec.NodeName == n.Name {
			mine[p.UID] = true
		}
	}
	for _, c := range known {
		if uid, _, _ := splitID(c.ID); !mine[uid] {
			go n.removeStray(c)
		}
	}
	for _, uid := range n.Network.Attached() {
		if !mine[uid] {
			ctx, cancel := detachContext()
			if err := n.Network.Detach(ctx, uid); err != nil {
				n.Log.Error("pod of the past not detached", "pod", uid, "error", err)
			}
			cancel()
		}
	}
	if err := n.volumes.Collect(func(uid types.UID) bool { return mine[uid] }); err != nil {
		n.Log.Error("volumes of pods of the past not removed", "error", err)
	}
	for _, uid := range subdirs(filepath.Join(n.Home.Run, "spaces")) {
		if !mine[types.UID(uid)] {
			n.removeSpaces(types.UID(uid))
		}
	}
	for _, uid := range subdirs(n.Home.Pods()) {
		if !mine[types.UID(uid)] {
			n.removePod(types.UID(uid))
		}
	}
	for _, root := range cgroupMounts() {
		for _, d := range subdirs(filepath.Join(root, n.cgroupRoot())) {
			if uid, ok := strings.CutPrefix(d, "pod"); ok && !mine[types.UID(uid)] {
				n.removeCgroup(n.cgroup(types.UID(uid)))
			}
		}
	}
}

// removeStray kills a container whose pod is gone.
func (n *Node) removeStray(c *keeper.Container) {
	ctx, cancel := detachContext()
	defer cancel()
	if c.Exit == nil {
		if err := n.keeper.signal(ctx, c.ID, int(unix.SIGKILL)); err != nil {
			n.Log.Error("container of a pod of the past not killed", "container", c.ID, "error", err)
		}
	}
	n.keeper.forget(c.ID)
}

// removePod removes the pod's directory, which holds its logs.
func (n *Node) removePod(uid types.UID) {
	if uid == "" {
		return
	}
	if err := os.RemoveAll(n.podDir(uid)); err != nil && !errors.Is(err, os.ErrNotExist) {
		n.Log.Error("directory of pod not removed", "pod", uid, "error", err)
	}
}

func subdirs(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}
