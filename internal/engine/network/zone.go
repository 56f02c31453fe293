package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/network/dns"
)

// zone computes the names. See
// https://github.com/kubernetes/dns/blob/master/docs/specification.md
func (w *world) zone() dns.Zone {
	z := dns.Zone{
		Domain: Domain, Listen: netip.AddrPortFrom(w.dns, 53),
		Hosts: map[string][]netip.Addr{}, Aliases: map[string]string{}, Services: map[string][]dns.SRV{}, Pointers: map[netip.Addr]string{},
	}
	for _, svc := range w.services {
		base := svc.Name + "." + svc.Namespace + ".svc." + Domain
		switch {
		case svc.Spec.Type == corev1.ServiceTypeExternalName:
			if ip, err := netip.ParseAddr(svc.Spec.ExternalName); err == nil && ip.Is4() {
				z.Hosts[base] = []netip.Addr{ip}
			} else {
				z.Aliases[base] = strings.ToLower(strings.TrimSuffix(svc.Spec.ExternalName, "."))
			}
		case svc.Spec.ClusterIP == corev1.ClusterIPNone:
			w.headless(&z, svc, base)
		default:
			w.clustered(&z, svc, base)
		}
	}
	return z
}

func (w *world) clustered(z *dns.Zone, svc *corev1.Service, base string) {
	ip, err := netip.ParseAddr(svc.Spec.ClusterIP)
	if err != nil {
		return
	}
	z.Hosts[base] = []netip.Addr{ip}
	z.Pointers[ip] = base
	for _, p := range svc.Spec.Ports {
		if p.Name != "" {
			name := srvName(p.Name, protocol(p.Protocol), base)
			z.Services[name] = append(z.Services[name], dns.SRV{Target: base, Port: uint16(p.Port)})
		}
	}
}

// headless gives a Service without an address the names of its ready endpoints (publishNotReadyAddresses makes
// them all ready in the slices), and a name to each.
func (w *world) headless(z *dns.Zone, svc *corev1.Service, base string) {
	for _, e := range w.judge(w.slices[types.NamespacedName{Namespace: svc.Namespace, Name: svc.Name}]) {
		if !e.ready {
			continue
		}
		host := e.hostname
		if host == "" {
			host = strings.ReplaceAll(e.ip.String(), ".", "-")
		}
		name := host + "." + base
		z.Hosts[base] = appendNew(z.Hosts[base], e.ip)
		z.Hosts[name] = appendNew(z.Hosts[name], e.ip)
		if _, has := z.Pointers[e.ip]; !has || e.hostname != "" {
			z.Pointers[e.ip] = name // a name that somebody gave is better than one made of the address
		}
		for _, p := range e.ports {
			if portName := deref(p.Name, ""); portName != "" && p.Port != nil {
				srv := srvName(portName, protocol(deref(p.Protocol, "")), base)
				z.Services[srv] = appendNew(z.Services[srv], dns.SRV{Target: name, Port: uint16(*p.Port)})
			}
		}
	}
}

func srvName(port string, proto corev1.Protocol, base string) string {
	return fmt.Sprintf("_%s._%s.%s", port, strings.ToLower(string(proto)), base)
}

func appendNew[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}
