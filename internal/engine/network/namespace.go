package network

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// insideSysctls are set in a new namespace: no IPv6 on links that come later (loopback keeps ::1), and what
// containerd sets too, so that programs without capabilities can listen on port 80 and ping.
var insideSysctls = [][2]string{
	{"ipv6/conf/default/disable_ipv6", "1"},
	{"ipv4/ip_unprivileged_port_start", "0"},
	{"ipv4/ping_group_range", "0 2147483647"},
}

// newNamespace makes a network namespace, mounts it at path and returns a way in.
func newNamespace(path string) (*netlink.Handle, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDONLY, 0o400)
	if err != nil {
		return nil, fmt.Errorf("namespace: %w", err)
	}
	_ = f.Close()
	host, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, fmt.Errorf("namespace: %w", err)
	}
	defer func() { _ = host.Close() }()
	type result struct {
		inside *netlink.Handle
		err    error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // a thread that cannot be brought back ends with this goroutine
		inside, err := unshare(path)
		if back := unix.Setns(int(host.Fd()), unix.CLONE_NEWNET); back == nil {
			runtime.UnlockOSThread()
		}
		done <- result{inside, err}
	}()
	r := <-done
	if r.err != nil {
		return nil, fmt.Errorf("namespace: %w", r.err)
	}
	return r.inside, nil
}

func unshare(path string) (*netlink.Handle, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	for _, s := range insideSysctls {
		if err := sysctl(s[0], s[1]); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	if err := unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err != nil {
		return nil, err
	}
	return netlink.NewHandle(unix.NETLINK_ROUTE)
}

// isNamespace tells whether a namespace is mounted at path; after a reboot there may be an empty file.
func isNamespace(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Type == unix.NSFS_MAGIC
}

// dropNamespace takes the mount away; the kernel deletes the namespace when nobody is in it any more.
func dropNamespace(path string) error {
	if isNamespace(path) {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("namespace %s: %w", path, err)
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
