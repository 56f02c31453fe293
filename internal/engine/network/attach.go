package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// ErrNoAddress says that the pods' range is used up.
var ErrNoAddress = errors.New("no address is free in the pods' range")

// Attachment is a pod's place in the network.
type Attachment struct {
	IP    netip.Addr
	NetNS string // path of the pod's network namespace
}

type attachment struct {
	uid    types.UID
	ip     netip.Addr
	pod    *corev1.Pod   // as it was when attached; nil if found at start
	ready  chan struct{} // closed when made or failed
	err    error
	inside *netlink.Handle // into the namespace, while the gateway is not known there
	known  bool            // the committed rules know the pod
}

// gateway is where pods send everything; no link has the address, only its hardware address matters.
var (
	gateway    = netip.AddrFrom4([4]byte{169, 254, 1, 1})
	gatewayMAC = net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
)

func podMAC(ip netip.Addr) net.HardwareAddr {
	a := ip.As4()
	return net.HardwareAddr{0x0a, 0x58, a[0], a[1], a[2], a[3]}
}

func (n *Network) link(ip netip.Addr) string { return fmt.Sprintf("%s%08x", n.prefix, toWord(ip)) }

func (n *Network) path(a *attachment) string {
	return filepath.Join(n.namespaces(), a.ip.String()+"-"+string(a.uid))
}

// Attach gives a pod its namespace and address, or returns those that it has. What the pod sends waits until
// policies for its address are in the kernel, which takes until some 15 ms after the beginning of Attach.
func (n *Network) Attach(ctx context.Context, pod *corev1.Pod) (Attachment, error) {
	object := fmt.Sprintf("pod %s/%s", pod.Namespace, pod.Name)
	if hostNetwork(pod) {
		return Attachment{}, fmt.Errorf("%s: uses the host's network, there is nothing to attach", object)
	}
	if pod.UID == "" {
		return Attachment{}, fmt.Errorf("%s: has no UID", object)
	}
	n.mu.Lock()
	a := n.attached[pod.UID]
	if a == nil {
		ip, err := n.allocate(pod.UID)
		if err != nil {
			n.mu.Unlock()
			return Attachment{}, fmt.Errorf("%s: %w", object, err)
		}
		a = &attachment{uid: pod.UID, ip: ip, pod: pod, ready: make(chan struct{})}
		n.attached[pod.UID] = a
		n.begun = time.Now()
		n.mu.Unlock()
		n.touch() // the commit runs while the namespace is being made
		n.make(a)
	} else {
		n.mu.Unlock()
	}
	select {
	case <-a.ready:
	case <-ctx.Done():
		return Attachment{}, fmt.Errorf("%s: attach: %w", object, ctx.Err())
	}
	if a.err != nil {
		return Attachment{}, fmt.Errorf("%s: attach: %w", object, a.err)
	}
	return Attachment{IP: a.ip, NetNS: n.path(a)}, nil
}

// make does the work of Attach. Whatever it made is taken back if it fails.
func (n *Network) make(a *attachment) {
	inside, err := n.wire(a)
	n.mu.Lock()
	if err != nil {
		a.err = err
		delete(n.attached, a.uid)
		n.leave(a.ip)
	} else {
		a.inside = inside
	}
	n.mu.Unlock()
	close(a.ready)
	if err != nil {
		n.clear(a)
		return
	}
	n.introduce(a)
}

func (n *Network) wire(a *attachment) (*netlink.Handle, error) {
	path := n.path(a)
	inside, err := newNamespace(path)
	if err != nil {
		return nil, err
	}
	ns, err := os.Open(path)
	if err != nil {
		inside.Close()
		return nil, err
	}
	defer func() { _ = ns.Close() }()
	veth := &netlink.Veth{
		LinkAttrs:        netlink.LinkAttrs{Name: n.link(a.ip), MTU: n.mtu, HardwareAddr: gatewayMAC, Group: n.group, TxQLen: -1, Flags: net.FlagUp},
		PeerName:         "eth0",
		PeerHardwareAddr: podMAC(a.ip),
		PeerNamespace:    netlink.NsFd(int(ns.Fd())),
	}
	if err := netlink.LinkAdd(veth); err != nil {
		inside.Close()
		return nil, fmt.Errorf("link %s: %w", veth.Name, err)
	}
	if err = wirePod(inside, a.ip); err == nil {
		awaitLink(veth.Index)
		err = n.wireHost(a, veth) // its route comes last of all and says that the pod is complete
	}
	if err != nil {
		inside.Close()
		return nil, err
	}
	return inside, nil
}

// wireHost sets up the host's end. The route names no source: the kernel takes the address that the host has at the
// time, and an address that goes does not take the route with it. Loopback addresses may pass (for the host's own
// connections to 127.0.0.1; see the filter for what keeps pods from using that), IPv6 may not.
func (n *Network) wireHost(a *attachment, veth *netlink.Veth) error {
	if err := sysctl("ipv4/conf/"+veth.Name+"/route_localnet", "1"); err != nil {
		return err
	}
	if err := sysctl("ipv6/conf/"+veth.Name+"/disable_ipv6", "1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := netlink.NeighSet(&netlink.Neigh{LinkIndex: veth.Index, IP: a.ip.AsSlice(), HardwareAddr: podMAC(a.ip), State: netlink.NUD_PERMANENT})
	if err != nil {
		return fmt.Errorf("neighbour %s: %w", a.ip, err)
	}
	err = netlink.RouteReplace(&netlink.Route{Dst: single(a.ip), LinkIndex: veth.Index, Scope: unix.RT_SCOPE_LINK, Protocol: routeProtocol})
	if err != nil {
		return fmt.Errorf("route to %s: %w", a.ip, err)
	}
	return nil
}

// awaitLink waits until the kernel has noticed that the other end is up; until then the host's end drops what is
// sent, and whoever sent it waits a second to try again. Asking for the link makes the kernel look (since Linux 6.8);
// without that it looks soon by itself.
func awaitLink(index int) {
	for range 100 {
		if l, err := netlink.LinkByIndex(index); err != nil || l.Attrs().OperState == netlink.OperUp {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// wirePod sets up the pod's end.
func wirePod(inside *netlink.Handle, ip netip.Addr) error {
	lo := &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Index: 1}} // loopback is the first link of every namespace
	eth, err := inside.LinkByName("eth0")
	if err != nil {
		return err
	}
	return errors.Join(
		inside.LinkSetUp(lo),
		inside.AddrReplace(eth, &netlink.Addr{IPNet: single(ip)}),
		inside.LinkSetUp(eth),
		inside.RouteReplace(&netlink.Route{LinkIndex: eth.Attrs().Index, Gw: gateway.AsSlice(), Flags: int(netlink.FLAG_ONLINK), Src: ip.AsSlice()}),
	)
}

// introduce tells the pod its gateway's hardware address once the packet filter knows the pod. What the pod has
// sent so far was waiting for just that in its kernel queue, and leaves now.
func (n *Network) introduce(a *attachment) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !a.known || a.inside == nil {
		return
	}
	eth, err := a.inside.LinkByName("eth0")
	if err == nil {
		err = a.inside.NeighSet(&netlink.Neigh{LinkIndex: eth.Attrs().Index, IP: gateway.AsSlice(), HardwareAddr: gatewayMAC, State: netlink.NUD_PERMANENT})
	}
	if err != nil {
		n.log.Error("network: a pod cannot be told its gateway", "address", a.ip, "err", err)
	}
	a.inside.Close()
	a.inside = nil
}
