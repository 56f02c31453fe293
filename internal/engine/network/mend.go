package network

import (
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// watchRoutes makes again what another program has taken from the host's side: forwarding, our addresses, routes to
// Services and pods. Without them the pods would be cut off from each other while everything looks well.
func (n *Network) watchRoutes() {
	if err := n.prepareHost(); err != nil {
		n.log.Error("network: the host's side cannot be mended", "err", err)
	}
	routes, err := whole(func() ([]netlink.Route, error) {
		return netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
	})
	if err != nil {
		n.log.Error("network: the host's routes cannot be read", "err", err)
		return
	}
	there := map[string]bool{}
	for _, r := range routes {
		if r.Dst != nil {
			there[fmt.Sprint(r.Dst.IP, r.LinkIndex)] = true
		}
	}
	for _, a := range n.complete() {
		link, err := netlink.LinkByName(n.link(a.ip))
		if err != nil || there[fmt.Sprint(a.ip, link.Attrs().Index)] {
			continue // without a link there is nothing to lead to
		}
		n.mu.Lock()
		if n.attached[a.uid] == a { // it may have been detached meanwhile
			n.log.Warn("network: another program removed the route to a pod; making it again", "address", a.ip)
			err = netlink.RouteReplace(&netlink.Route{Dst: single(a.ip), LinkIndex: link.Attrs().Index, Scope: unix.RT_SCOPE_LINK, Protocol: routeProtocol})
		}
		n.mu.Unlock()
		if err != nil {
			n.log.Error("network: a pod has no route", "address", a.ip, "err", err)
		}
	}
}

// complete lists the attachments that are made.
func (n *Network) complete() []*attachment {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []*attachment
	for _, a := range n.attached {
		select {
		case <-a.ready:
			out = append(out, a)
		default:
		}
	}
	return out
}
