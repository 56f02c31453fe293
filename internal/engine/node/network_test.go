package node_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/node"
	"github.com/slipway-sh/slipway/internal/home"
)

// prepareHost makes the namespace of the tests a host.
func prepareHost() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return err
	}
	return netlink.AddrAdd(lo, &netlink.Addr{IPNet: &net.IPNet{IP: net.IPv4(10, 99, 0, 1), Mask: net.CIDRMask(32, 32)}})
}

// standIn stands in for the network: a namespace and an address for each pod, reachable from the host. It has no
// Services, no names and no policies.
type standIn struct {
	dir string
	mu  sync.Mutex
}

func newStandIn(h home.Dir) *standIn { return &standIn{dir: filepath.Join(h.Run, "netns")} }

// Attach keeps the address in the name of the link, so that a later process finds it.
func (s *standIn) Attach(_ context.Context, pod *corev1.Pod) (node.Attachment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.dir, string(pod.UID))
	if b, err := os.ReadFile(path + ".ip"); err == nil {
		return node.Attachment{IP: netip.MustParseAddr(string(b)), NetNS: path}, nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return node.Attachment{}, err
	}
	ip := netip.AddrFrom4([4]byte{10, 98, 0, 1})
	for ; ; ip = ip.Next() {
		if r, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Dst: prefix(ip)}, netlink.RT_FILTER_DST); err == nil && len(r) == 0 {
			break
		}
	}
	_ = unix.Unmount(path, unix.MNT_DETACH) // of a process that was killed
	_ = os.WriteFile(path, nil, 0o600)
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- s.pin(path, "v"+random(), ip)
	}()
	if err := <-done; err != nil {
		return node.Attachment{}, fmt.Errorf("stand-in network: %w", err)
	}
	if err := os.WriteFile(path+".new", []byte(ip.String()), 0o600); err != nil {
		return node.Attachment{}, err
	}
	return node.Attachment{IP: ip, NetNS: path}, os.Rename(path+".new", path+".ip")
}

func prefix(ip netip.Addr) *net.IPNet {
	return &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(32, 32)}
}

var gatewayIP = net.IPv4(169, 254, 1, 1)

// pin makes a namespace with one end of a link in it. It runs in a thread of its own, which is then thrown away.
func (s *standIn) pin(path, name string, ip netip.Addr) error {
	host, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer host.Close()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	if err := unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	peer := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "eth0"}, PeerName: name, PeerNamespace: netlink.NsFd(int(host.Fd()))}
	if err := netlink.LinkAdd(peer); err != nil {
		return err
	}
	for _, n := range []string{"lo", "eth0"} {
		l, err := netlink.LinkByName(n)
		if err == nil {
			err = netlink.LinkSetUp(l)
		}
		if err != nil {
			return err
		}
	}
	eth, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(eth, &netlink.Addr{IPNet: prefix(ip)}); err != nil {
		return err
	}
	if err := unix.Setns(int(host.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(l, &netlink.Addr{IPNet: &net.IPNet{IP: gatewayIP, Mask: net.CIDRMask(32, 32)}}); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(l); err != nil {
		return err
	}
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: l.Attrs().Index, Dst: prefix(ip), Scope: netlink.SCOPE_LINK, Src: net.IPv4(10, 99, 0, 1)}); err != nil {
		return err
	}
	pod, err := os.Open(path)
	if err != nil {
		return err
	}
	defer pod.Close()
	if err := unix.Setns(int(pod.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: eth.Attrs().Index, Dst: &net.IPNet{IP: gatewayIP, Mask: net.CIDRMask(32, 32)}, Scope: netlink.SCOPE_LINK}); err != nil {
		return err
	}
	return netlink.RouteAdd(&netlink.Route{LinkIndex: eth.Attrs().Index, Gw: gatewayIP})
}

func (s *standIn) Detach(_ context.Context, uid types.UID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.dir, string(uid))
	_ = unix.Unmount(path, unix.MNT_DETACH)
	_ = os.Remove(path + ".ip")
	_ = os.Remove(path + ".new")
	_ = os.Remove(path)
	return nil
}

func (s *standIn) Attached() []types.UID {
	all, _ := filepath.Glob(s.dir + "/*")
	var out []types.UID
	for _, p := range all {
		out = append(out, types.UID(strings.TrimSuffix(strings.TrimSuffix(filepath.Base(p), ".ip"), ".new")))
	}
	return out
}

func (s *standIn) DNS() netip.Addr { return netip.AddrFrom4([4]byte{10, 96, 0, 10}) }

func (s *standIn) close() {
	for _, uid := range s.Attached() {
		_ = s.Detach(context.Background(), uid)
	}
}
