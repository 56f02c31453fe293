package network

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
)

// endpoint is one address of an EndpointSlice, judged.
type endpoint struct {
	ip       netip.Addr
	hostname string
	ready    bool
	fallback bool // serves while it ends; used when no other does
	ports    []discoveryv1.EndpointPort
}

// judge lists the endpoints of a Service's slices. An address in the pods' range counts only while the pod that the
// slice means has it, so that a slice of before a reboot leads nobody to another pod.
func (w *world) judge(slices []*discoveryv1.EndpointSlice) []endpoint {
	var out []endpoint
	for _, s := range slices {
		if s.AddressType != discoveryv1.AddressTypeIPv4 {
			continue
		}
		for _, e := range s.Endpoints {
			ready := deref(e.Conditions.Ready, true)
			serving := deref(e.Conditions.Serving, ready)
			terminating := deref(e.Conditions.Terminating, false)
			for _, text := range e.Addresses {
				ip, err := netip.ParseAddr(text)
				if err != nil || !ip.Is4() {
					continue
				}
				found := endpoint{ip: ip, ready: ready, fallback: serving && terminating, hostname: deref(e.Hostname, ""), ports: s.Ports}
				if w.pods.Contains(ip) && ip != w.node {
					a, ok := w.byIP[ip]
					if !ok || e.TargetRef != nil && e.TargetRef.UID != "" && e.TargetRef.UID != a.uid {
						continue
					}
					if w.draining[a.uid] {
						found.ready, found.fallback = false, ready || serving
					}
				}
				out = append(out, found)
			}
		}
	}
	return out
}

// targets are the endpoints that a port of a Service leads to: the ready ones, else those that end but still serve.
// See https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/1669-proxy-terminating-endpoints
func targets(endpoints []endpoint, port *corev1.ServicePort) (out []netip.AddrPort, fallback bool) {
	pick := func(want func(endpoint) bool) []netip.AddrPort {
		var out []netip.AddrPort
		for _, e := range endpoints {
			if !want(e) {
				continue
			}
			for _, p := range e.ports {
				if p.Port != nil && deref(p.Name, "") == port.Name && protocol(deref(p.Protocol, "")) == protocol(port.Protocol) {
					out = append(out, netip.AddrPortFrom(e.ip, uint16(*p.Port)))
				}
			}
		}
		slices.SortFunc(out, netip.AddrPort.Compare)
		return slices.Compact(out)
	}
	if out = pick(func(e endpoint) bool { return e.ready }); len(out) > 0 {
		return out, false
	}
	return pick(func(e endpoint) bool { return e.fallback }), true
}

func protocol(p corev1.Protocol) corev1.Protocol {
	if p == "" {
		return corev1.ProtocolTCP
	}
	return p
}

func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// slicesOf sorts the EndpointSlices by the Service that they belong to.
func slicesOf(all []*discoveryv1.EndpointSlice) map[types.NamespacedName][]*discoveryv1.EndpointSlice {
	out := map[types.NamespacedName][]*discoveryv1.EndpointSlice{}
	for _, s := range all {
		if name := s.Labels[discoveryv1.LabelServiceName]; name != "" {
			key := types.NamespacedName{Namespace: s.Namespace, Name: name}
			out[key] = append(out[key], s)
		}
	}
	return out
}
