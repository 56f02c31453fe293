package network

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/vishvananda/netlink"
)

// ranges is what the file network.json remembers, so that addresses in the store stay true over restarts.
type ranges struct {
	PodCIDR     netip.Prefix `json:"podCIDR"`
	ServiceCIDR netip.Prefix `json:"serviceCIDR"`
}

func (n *Network) rangesFile() string { return filepath.Join(n.home.Root, "network.json") }

// chooseRanges takes what was given, else what was chosen at the first start, else the first pair that the host
// does not route to already.
func (n *Network) chooseRanges(pods, svcs netip.Prefix) error {
	var kept ranges
	data, err := os.ReadFile(n.rangesFile())
	if err == nil {
		if err := json.Unmarshal(data, &kept); err != nil {
			return fmt.Errorf("network: %s: %w; delete the file to have ranges chosen anew", n.rangesFile(), err)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("network: %w", err)
	}
	if !pods.IsValid() {
		pods = kept.PodCIDR
	}
	if !svcs.IsValid() {
		svcs = kept.ServiceCIDR
	}
	if !pods.IsValid() || !svcs.IsValid() {
		used, err := routed()
		if err != nil {
			return fmt.Errorf("network: the host's routes: %w", err)
		}
		free, ok := freeRanges(used, n.favourite())
		if !ok {
			return errors.New("network: the host routes all of 10.0.0.0/8; name two free ranges for pods and Services")
		}
		if !pods.IsValid() {
			pods = free.PodCIDR
		}
		if !svcs.IsValid() {
			svcs = free.ServiceCIDR
		}
	}
	for _, p := range []netip.Prefix{pods, svcs} {
		if !p.Addr().Is4() || p.Bits() > 28 || p.Bits() < 8 {
			return fmt.Errorf("network: range %s: must be IPv4, from /8 to /28", p)
		}
	}
	if pods.Overlaps(svcs) {
		return fmt.Errorf("network: the ranges of pods %s and Services %s overlap", pods, svcs)
	}
	n.pods, n.svcs = pods.Masked(), svcs.Masked()
	if err := n.ownRoute(); err != nil {
		return err
	}
	n.node, n.dns = n.pods.Addr().Next(), nth(n.svcs, 10)
	now := ranges{n.pods, n.svcs}
	if now == kept {
		return nil
	}
	data, _ = json.Marshal(now)
	if err := os.MkdirAll(n.home.Root, 0o700); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if err := os.WriteFile(n.rangesFile(), data, 0o600); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return nil
}

// ownRoute refuses ranges that another engine has by now: it may have chosen them while this one did not run.
func (n *Network) ownRoute() error {
	routes, err := whole(func() ([]netlink.Route, error) {
		return netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
	})
	if err != nil {
		return fmt.Errorf("network: the host's routes: %w", err)
	}
	for _, r := range routes {
		if r.Dst == nil || r.Dst.String() != n.svcs.String() {
			continue
		}
		if link, err := netlink.LinkByIndex(r.LinkIndex); err == nil && link.Attrs().Name != n.dummy() {
			return fmt.Errorf("network: the Services' range %s belongs to another engine on this machine (link %s); end that one with \"slipway engine stop --all\" first", n.svcs, link.Attrs().Name)
		}
	}
	return nil
}

// favourite is the pair of ranges to begin the search with: engines beside the machine's own begin elsewhere, so that
// they seldom meet.
func (n *Network) favourite() int {
	if n.name == "slipway" {
		return 0
	}
	return 1 + int(hash(n.name)%16)
}

// freeRanges finds two neighbouring ranges, beginning with the one of that number.
func freeRanges(used []netip.Prefix, from int) (ranges, bool) {
	for i := range 128 {
		second := byte((220 + 2*(from+i)) % 256)
		pods := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, second + 1, 0, 0}), 16)
		svcs := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, second + 2, 0, 0}), 16)
		if !overlapsAny(pods, used) && !overlapsAny(svcs, used) {
			return ranges{pods, svcs}, true
		}
	}
	return ranges{}, false
}

func overlapsAny(p netip.Prefix, used []netip.Prefix) bool {
	for _, u := range used {
		if u.Bits() > 0 && p.Overlaps(u) {
			return true
		}
	}
	return false
}

// routed lists where the host has routes to, the default route apart.
func routed() ([]netip.Prefix, error) {
	routes, err := whole(func() ([]netlink.Route, error) {
		return netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{}, netlink.RT_FILTER_TABLE)
	})
	if err != nil {
		return nil, err
	}
	var out []netip.Prefix
	for _, r := range routes {
		if r.Dst == nil {
			continue
		}
		a, ok := netip.AddrFromSlice(r.Dst.IP.To4())
		ones, _ := r.Dst.Mask.Size()
		if ok && ones > 0 {
			out = append(out, netip.PrefixFrom(a, ones))
		}
	}
	return out, nil
}

// nth is the address that far into a range.
func nth(p netip.Prefix, i uint32) netip.Addr {
	return fromWord(toWord(p.Masked().Addr()) + i)
}

func toWord(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func fromWord(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// last is the last address of a range.
func last(p netip.Prefix) netip.Addr {
	return fromWord(toWord(p.Masked().Addr()) | (1<<(32-p.Bits()) - 1))
}
