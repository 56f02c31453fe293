package network

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/types"
)

// find takes over the pods that an earlier engine attached: their namespaces are mounted, with address and UID in
// the name. What was left half made, by a crash or a reboot, is removed.
func (n *Network) find() error {
	entries, err := os.ReadDir(n.namespaces())
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	links, err := whole(netlink.LinkList)
	if err != nil {
		return fmt.Errorf("network: links: %w", err)
	}
	ours := map[string]netlink.Link{}
	for _, l := range links {
		if l.Attrs().Group == n.group {
			ours[l.Attrs().Name] = l
		}
	}
	for _, e := range entries {
		ip, uid, ok := strings.Cut(e.Name(), "-")
		addr, err := netip.ParseAddr(ip)
		if !ok || err != nil {
			continue
		}
		a := &attachment{uid: types.UID(uid), ip: addr, ready: make(chan struct{})}
		close(a.ready)
		path := filepath.Join(n.namespaces(), e.Name())
		link := ours[n.link(addr)]
		if !isNamespace(path) || link == nil || !n.pods.Contains(addr) {
			n.clear(a)
			continue
		}
		if a.inside, err = enter(path); err != nil {
			return fmt.Errorf("network: %s: %w", path, err)
		}
		if err := n.finish(a, link); err != nil {
			n.log.Warn("network: what is left of a pod cannot be completed; it is made anew", "uid", uid, "address", addr, "err", err)
			n.clear(a)
			continue
		}
		delete(ours, n.link(addr))
		n.attached[a.uid] = a
		n.addresses[addr] = a.uid
		if n.next.Less(addr) {
			n.next = addr
		}
	}
	for _, l := range ours {
		if err := netlink.LinkDel(l); err != nil && !errors.Is(err, unix.ENODEV) { // it went with its namespace
			n.log.Error("network: a link without a pod cannot be removed", "link", l.Attrs().Name, "err", err)
		}
	}
	return nil
}

// finish makes what is missing of an attachment: a crash came before its route, or another program removed that. The
// namespace is kept, since containers may run in it.
func (n *Network) finish(a *attachment, link netlink.Link) error {
	if n.routes(link, a.ip) {
		return nil
	}
	if err := wirePod(a.inside, a.ip); err != nil {
		return err
	}
	return n.wireHost(a, &netlink.Veth{LinkAttrs: *link.Attrs()})
}

// routes tells whether the last thing on the host's side, the route, was made.
func (n *Network) routes(l netlink.Link, ip netip.Addr) bool {
	routes, err := whole(func() ([]netlink.Route, error) {
		return netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Dst: single(ip), LinkIndex: l.Attrs().Index}, netlink.RT_FILTER_DST|netlink.RT_FILTER_OIF)
	})
	return err == nil && len(routes) > 0
}

// enter returns a way into a mounted namespace.
func enter(path string) (*netlink.Handle, error) {
	ns, err := netns.GetFromPath(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = ns.Close() }()
	return netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
}
