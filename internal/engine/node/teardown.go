package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/home"
)

// stopGrace is how long containers have between SIGTERM and SIGKILL when a whole engine is torn down.
const stopGrace = 10 * time.Second

// Teardown ends every container of a home in which no engine runs, then the keeper, and removes control groups and
// mounts. Logs and exit codes stay.
func Teardown(ctx context.Context, h home.Dir) error {
	n := &Node{Options: Options{Home: h}}
	root := n.cgroupRoot()
	if !endAll(ctx, root, unix.SIGTERM, stopGrace) && !endAll(ctx, root, unix.SIGKILL, stopGrace) {
		return fmt.Errorf("control group %s: its processes do not end", root)
	}
	if err := endKeeper(ctx, h); err != nil {
		return err
	}
	for _, d := range cgroupMounts() {
		removeTree(filepath.Join(d, root))
	}
	return errors.Join(n.forgetBoot(), unmountBelow(h.Run), unmountBelow(h.Pods()))
}

// forgetBoot lets the next engine treat the pods as after a restart of the machine: namespaces and volumes in memory
// are gone, so that init containers run again, and no container is made to wait because we ended it.
func (n *Node) forgetBoot() error {
	files, _ := filepath.Glob(filepath.Join(n.Home.Pods(), "*", "pod.json"))
	var errs []error
	for _, f := range files {
		var r record
		if err := keeper.ReadFile(f, &r); err != nil {
			errs = append(errs, err)
			continue
		}
		r.Boot = ""
		errs = append(errs, keeper.WriteFile(f, &r))
	}
	return errors.Join(errs...)
}

// endAll sends a signal to the first process of every container, to all others too if it is SIGKILL, and tells
// whether all ended in time.
func endAll(ctx context.Context, cgroup string, sig unix.Signal, within time.Duration) bool {
	told := map[int]bool{} // a second SIGTERM makes many programs give up what they were finishing
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		pids := processes(cgroup)
		if len(pids) == 0 {
			return true
		}
		for _, pid := range pids {
			if sig == unix.SIGKILL || !told[pid] && first(pid) {
				told[pid] = true
				_ = unix.Kill(pid, sig)
			}
		}
		if ctx.Err() != nil || time.Now().After(end) {
			return false
		}
	}
}

// processes are those in a control group and below.
func processes(cgroup string) []int {
	seen := map[int]bool{}
	for _, mount := range cgroupMounts() {
		_ = filepath.WalkDir(filepath.Join(mount, cgroup), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.Name() != "cgroup.procs" {
				return nil //nolint:nilerr // a group that went meanwhile has no processes
			}
			text, _ := os.ReadFile(path)
			for _, f := range strings.Fields(string(text)) {
				if pid, err := strconv.Atoi(f); err == nil && pid > 1 {
					seen[pid] = true
				}
			}
			return nil
		})
	}
	var pids []int
	for pid := range seen {
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && !strings.Contains(string(stat), ") Z ") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// first tells whether a process is number 1 of its process namespace.
func first(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return false
	}
	for _, line := range strings.Split(string(text), "\n") {
		if ids, ok := strings.CutPrefix(line, "NSpid:"); ok {
			f := strings.Fields(ids)
			return len(f) > 1 && f[len(f)-1] == "1"
		}
	}
	return false
}

// endKeeper stops the keeper, if one runs, once it has written down how the containers ended.
func endKeeper(ctx context.Context, h home.Dir) error {
	k, err := keeper.Dial(h, nil)
	if err != nil {
		return nil // nobody listens: there is no keeper
	}
	defer k.Close()
	for {
		all, err := k.Watch(ctx)
		if err != nil {
			return fmt.Errorf("keeper: %w", err)
		}
		running := 0
		for _, c := range all {
			if c.Exit == nil {
				running++
			}
		}
		if running == 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	pid, err := k.Process(ctx)
	if err != nil {
		return fmt.Errorf("keeper: %w", err)
	}
	if err := unix.Kill(pid, unix.SIGTERM); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("keeper: %w", err)
	}
	select {
	case <-k.Done():
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(stopGrace):
		return unix.Kill(pid, unix.SIGKILL)
	}
	return nil
}

func unmountBelow(dir string) error {
	mounts, err := mountinfo.GetMounts(mountinfo.PrefixFilter(dir))
	if err != nil {
		return err
	}
	sort.Slice(mounts, func(i, j int) bool { return len(mounts[i].Mountpoint) > len(mounts[j].Mountpoint) })
	for _, m := range mounts {
		if err := unix.Unmount(m.Mountpoint, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("unmount %s: %w", m.Mountpoint, err)
		}
	}
	return nil
}
