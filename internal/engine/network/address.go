package network

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// allocate finds the next address that no pod has, here or according to the store: after a reboot the EndpointSlices
// still name the addresses of before. Freed addresses come round last. The caller holds mu.
func (n *Network) allocate(uid types.UID) (netip.Addr, error) {
	stored := map[netip.Addr]types.UID{}
	for _, p := range store.List[*corev1.Pod](n.store, "", nil) {
		if ip, err := netip.ParseAddr(p.Status.PodIP); err == nil && !finished(p) {
			stored[ip] = p.UID
		}
	}
	end := last(n.pods)
	free := func(ip netip.Addr) bool { _, used := n.addresses[ip]; return !used && ip != n.node }
	for _, strict := range []bool{true, false} {
		ip := n.next
		for range 1 << (32 - n.pods.Bits()) {
			if ip = ip.Next(); ip.Compare(end) >= 0 {
				ip = n.node
			}
			if free(ip) && (!strict || stored[ip] == "" || stored[ip] == uid) {
				n.addresses[ip], n.next = uid, ip
				return ip, nil
			}
		}
	}
	return netip.Addr{}, ErrNoAddress
}

// leave frees an address, which stays taken until it has been cleared away. The caller holds mu.
func (n *Network) leave(ip netip.Addr) {
	n.addresses[ip] = ""
	n.left = append(n.left, ip)
}

func finished(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}
