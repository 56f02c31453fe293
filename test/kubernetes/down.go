package main

import (
	"context"
	"errors"
	"os"
	"sort"
	"strings"
	"syscall"
	"time"
)

// down stops the containers and components, unmounts what they mounted and removes their state.
func (c *cluster) down(ctx context.Context) error {
	// Without a kubelet nobody starts the containers again that are killed next.
	pids := c.running()
	end := func(sig syscall.Signal) {
		for _, pid := range pids {
			_ = syscall.Kill(pid, sig)
		}
	}
	if out, err := sh(ctx, "ctr", "-a", c.path("containerd.sock"), "-n", "k8s.io", "tasks", "ls", "-q"); err == nil {
		for _, p := range pids {
			if cmdline, _ := os.ReadFile("/proc/" + itoa(p) + "/cmdline"); strings.Contains(string(cmdline), "\x00kubelet\x00") {
				_ = syscall.Kill(p, syscall.SIGKILL)
			}
		}
		for _, task := range strings.Fields(out) {
			_, _ = sh(ctx, "ctr", "-a", c.path("containerd.sock"), "-n", "k8s.io", "tasks", "kill", "-s", "KILL", task)
		}
		_ = c.wait(ctx, "the end of the containers", func() bool {
			out, err := sh(ctx, "ctr", "-a", c.path("containerd.sock"), "-n", "k8s.io", "tasks", "ls")
			return err != nil || !strings.Contains(out, "RUNNING")
		})
	}
	end(syscall.SIGTERM)
	for range 40 {
		if !alive(pids) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	end(syscall.SIGKILL)
	c.unmount()
	c.removeLinks(ctx)
	var errs []error
	for _, d := range []string{"etcd", "kubelet", "containerd-run", "containerd", "volumes", "ipam", "pids"} {
		errs = append(errs, os.RemoveAll(c.path(d)))
	}
	return errors.Join(errs...)
}

func alive(pids []int) bool {
	for _, pid := range pids {
		stat, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			return true
		}
	}
	return false
}

func (c *cluster) unmount() {
	mounts, _ := os.ReadFile("/proc/mounts")
	var points []string
	for _, line := range strings.Split(string(mounts), "\n") {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], c.dir+"/") {
			points = append(points, f[1])
		}
	}
	sort.Sort(sort.Reverse(sort.StringSlice(points)))
	for _, p := range points {
		_ = syscall.Unmount(p, syscall.MNT_DETACH)
	}
}

func (c *cluster) removeLinks(ctx context.Context) {
	if out, err := sh(ctx, "ip", "netns", "list"); err == nil {
		for _, line := range strings.Split(out, "\n") {
			if f := strings.Fields(line); len(f) > 0 && strings.HasPrefix(f[0], "cni-") {
				_, _ = sh(ctx, "ip", "netns", "del", f[0])
			}
		}
	}
	for _, args := range [][]string{{"ip", "link", "del", bridge}, {"ip", "address", "del", dns + "/32", "dev", "lo"}, {"nft", "delete", "table", "ip", "kube-proxy"}, {"nft", "delete", "table", "ip6", "kube-proxy"}} {
		_, _ = sh(ctx, args[0], args[1:]...)
	}
}
