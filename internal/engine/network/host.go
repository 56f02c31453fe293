package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// routeProtocol marks our routes as ours.
const routeProtocol = 81

func (n *Network) dummy() string { return n.prefix + "0" }

// prepareHost makes the link that carries the host's own addresses among pods and Services, and the routes that
// keep packets for addresses nobody has from leaving by the default route.
func (n *Network) prepareHost() error {
	if err := sysctl("ipv4/ip_forward", "1"); err != nil {
		return fmt.Errorf("network: forwarding cannot be switched on: %w; the engine must run as root", err)
	}
	link, err := netlink.LinkByName(n.dummy())
	if err != nil {
		link = &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Name: n.dummy()}}
		err := netlink.LinkAdd(link)
		if errors.Is(err, unix.EOPNOTSUPP) { // a kernel without dummy links: a bridge without ports is one too
			link = &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: n.dummy()}}
			err = netlink.LinkAdd(link)
		}
		if err != nil {
			return fmt.Errorf("network: link %s: %w", n.dummy(), err)
		}
	}
	for _, a := range []netip.Addr{n.node, n.dns} {
		if err := netlink.AddrReplace(link, &netlink.Addr{IPNet: single(a)}); err != nil {
			return fmt.Errorf("network: address %s: %w", a, err)
		}
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("network: link %s: %w", n.dummy(), err)
	}
	for _, r := range []*netlink.Route{
		{Dst: ipnet(n.svcs), LinkIndex: link.Attrs().Index, Scope: unix.RT_SCOPE_LINK, Protocol: routeProtocol},
		{Dst: ipnet(n.pods), Type: unix.RTN_UNREACHABLE, Protocol: routeProtocol},
	} {
		if err := netlink.RouteReplace(r); err != nil {
			return fmt.Errorf("network: route to %s: %w", r.Dst, err)
		}
	}
	return nil
}

// chooseMTU takes that of the link to the world, so that no packet of a pod is too large for it.
func (n *Network) chooseMTU() {
	n.mtu = 1500
	if main, err := mainLink(); err == nil && main.Attrs().MTU >= 1280 {
		n.mtu = main.Attrs().MTU
	}
}

// clearHost takes back what prepareHost made, but forwarding, which others may have come to rely on.
func (n *Network) clearHost() error {
	var errs []error
	if link, err := netlink.LinkByName(n.dummy()); err == nil {
		errs = append(errs, netlink.LinkDel(link))
	}
	links, err := whole(netlink.LinkList)
	errs = append(errs, err)
	for _, l := range links {
		if l.Attrs().Group == n.group {
			errs = append(errs, netlink.LinkDel(l))
		}
	}
	err = netlink.RouteDel(&netlink.Route{Dst: ipnet(n.pods), Type: unix.RTN_UNREACHABLE, Protocol: routeProtocol})
	if err != nil && !errors.Is(err, unix.ESRCH) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// whole asks the kernel for a list until it got one that did not change meanwhile. Under many changes the last
// attempt is as good as any.
func whole[T any](list func() ([]T, error)) (out []T, err error) {
	for range 10 {
		if out, err = list(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			return out, err
		}
	}
	return out, nil
}

func ipnet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), 32)}
}

func single(a netip.Addr) *net.IPNet { return ipnet(netip.PrefixFrom(a, 32)) }

// mainLink is the link of the default route.
func mainLink() (netlink.Link, error) {
	routes, err := whole(func() ([]netlink.Route, error) {
		return netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{}, netlink.RT_FILTER_TABLE)
	})
	if err != nil {
		return nil, err
	}
	for _, r := range routes {
		if ones := 0; r.LinkIndex > 0 && (r.Dst == nil || func() bool { ones, _ = r.Dst.Mask.Size(); return ones == 0 }()) {
			return netlink.LinkByIndex(r.LinkIndex)
		}
	}
	return nil, errors.New("no default route")
}

// HostAddress is the address that the host is known by: that of the link with the default route, else the first
// that is not loopback, else our own.
func (n *Network) HostAddress() netip.Addr {
	if link, err := mainLink(); err == nil {
		if a := firstAddress(link); a.IsValid() {
			return a
		}
	}
	links, _ := whole(netlink.LinkList)
	for _, l := range links {
		if l.Attrs().Name == n.dummy() || l.Attrs().Flags&net.FlagLoopback != 0 {
			continue
		}
		if a := firstAddress(l); a.IsValid() {
			return a
		}
	}
	return n.node
}

func firstAddress(l netlink.Link) netip.Addr {
	addrs, _ := whole(func() ([]netlink.Addr, error) { return netlink.AddrList(l, netlink.FAMILY_V4) })
	for _, a := range addrs {
		if ip, ok := netip.AddrFromSlice(a.IP.To4()); ok && ip.IsGlobalUnicast() {
			return ip
		}
	}
	return netip.Addr{}
}
