package network

import (
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// forget deletes from the kernel's table of flows what would lead packets astray: UDP flows to endpoints that a
// Service no longer has (a UDP flow never ends by itself while its client goes on sending), and every flow of an
// address that a pod has left, so that its peers are refused at once instead of waiting for an answer.
func (n *Network) forget(before, now *state, left []netip.Addr) {
	gone := map[netip.Addr]bool{}
	for _, ip := range left {
		gone[ip] = true
	}
	lost := len(before.udp) == 0 && len(now.udp) > 0 // the first commit of this engine
	for front, back := range before.udp {
		for a := range back {
			lost = lost || !now.udp[front][a]
		}
	}
	if len(gone) == 0 && !lost {
		return
	}
	n.background.Add(1)
	go func() {
		defer n.background.Done()
		stale := staleFlows{gone: gone, udp: now.udp, pods: n.pods}
		if _, err := whole(func() ([]struct{}, error) {
			_, err := netlink.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, stale)
			return nil, err
		}); err != nil {
			n.log.Error("network: flows to endpoints that are gone cannot be forgotten", "err", err)
		}
	}()
}

type staleFlows struct {
	gone map[netip.Addr]bool
	udp  map[netip.AddrPort]map[netip.AddrPort]bool
	pods netip.Prefix
}

// MatchConntrackFlow selects flows to delete.
func (s staleFlows) MatchConntrackFlow(f *netlink.ConntrackFlow) bool {
	src, dst, back := addr(f.Forward.SrcIP), addr(f.Forward.DstIP), addr(f.Reverse.SrcIP)
	if s.gone[src] || s.gone[dst] || s.gone[back] {
		return true
	}
	if f.Forward.Protocol != unix.IPPROTO_UDP {
		return false
	}
	to := netip.AddrPortFrom(back, f.Reverse.SrcPort)
	if ends, ok := s.udp[netip.AddrPortFrom(dst, f.Forward.DstPort)]; ok {
		return !ends[to]
	}
	ends, ok := s.udp[netip.AddrPortFrom(netip.IPv4Unspecified(), f.Forward.DstPort)]
	return ok && back != dst && s.pods.Contains(back) && !ends[to]
}

func addr(ip []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}
