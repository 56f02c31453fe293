package policy

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Allows tells whether a new connection is let through, as a packet filter with these verdicts would judge it. An
// address that is no pod's has no lists.
func (v *Verdicts) Allows(from, to netip.Addr, proto corev1.Protocol, port uint16) bool {
	return v.consents(v.Egress[from], to, to, proto, port) && v.consents(v.Ingress[to], from, to, proto, port)
}

func (v *Verdicts) consents(list string, peer, to netip.Addr, proto corev1.Protocol, port uint16) bool {
	if list == "" {
		return true
	}
	return slices.ContainsFunc(v.Lists[list].Allow, func(a Allow) bool {
		return (a.Peer == "" || slices.Contains(v.Addresses[a.Peer], peer)) &&
			(a.Block == "" || slices.ContainsFunc(v.Blocks[a.Block], func(r Range) bool {
				return !peer.Less(r.First) && !r.Last.Less(peer)
			})) &&
			(a.Named == "" || slices.Contains(v.Ports[a.Named], Endpoint{to, proto, port})) &&
			(a.Protocol == "" || a.Protocol == proto) &&
			(a.Last == 0 || a.First <= port && port <= a.Last)
	})
}
