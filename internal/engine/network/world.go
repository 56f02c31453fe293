package network

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// world is all that rules and names are computed from, at one moment.
type world struct {
	pods, svcs netip.Prefix
	node, dns  netip.Addr
	group      uint32
	main       netip.Addr // the host's main address

	byIP       map[netip.Addr]*attachment
	members    []member
	draining   map[types.UID]bool
	services   []*corev1.Service
	slices     map[types.NamespacedName][]*discoveryv1.EndpointSlice
	policies   []*networkingv1.NetworkPolicy
	namespaces []*corev1.Namespace
}

// member is an attached pod and its address.
type member struct {
	ip  netip.Addr
	pod *corev1.Pod
}

// look reads the world. Pods come first: a slice that is read later can only name pods that are already known.
func (n *Network) look() *world {
	w := &world{pods: n.pods, svcs: n.svcs, node: n.node, dns: n.dns, group: n.group, byIP: map[netip.Addr]*attachment{}}
	n.mu.Lock()
	for _, a := range n.attached {
		w.byIP[a.ip] = a
	}
	w.draining = maps.Clone(n.draining)
	w.main = n.main
	n.mu.Unlock()
	stored := map[types.UID]*corev1.Pod{}
	for _, p := range store.List[*corev1.Pod](n.store, "", nil) {
		stored[p.UID] = p
	}
	for ip, a := range w.byIP {
		pod := stored[a.uid]
		if pod == nil {
			pod = a.pod
		}
		if pod != nil {
			w.members = append(w.members, member{ip, pod})
		}
	}
	slices.SortFunc(w.members, func(a, b member) int {
		return cmp.Or(a.pod.CreationTimestamp.Compare(b.pod.CreationTimestamp.Time), a.ip.Compare(b.ip))
	})
	w.services = store.List[*corev1.Service](n.store, "", nil)
	w.slices = slicesOf(store.List[*discoveryv1.EndpointSlice](n.store, "", nil))
	w.policies = store.List[*networkingv1.NetworkPolicy](n.store, "", nil)
	w.namespaces = store.List[*corev1.Namespace](n.store, "", nil)
	return w
}
