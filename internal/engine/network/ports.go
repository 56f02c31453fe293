package network

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// hostAddresses are 127.0.0.1 and the host's other IPv4 addresses.
func hostAddresses() []netip.Addr {
	out := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	addrs, _ := whole(func() ([]netlink.Addr, error) { return netlink.AddrList(nil, netlink.FAMILY_V4) })
	for _, a := range addrs {
		if ip, ok := netip.AddrFromSlice(a.IP.To4()); ok && ip.IsGlobalUnicast() && !a.IP.IsLoopback() {
			out = append(out, ip)
		}
	}
	return out
}

// readAddresses notes the addresses that the host has now.
func (n *Network) readAddresses() {
	main, own := n.HostAddress(), hostAddresses()
	n.mu.Lock()
	defer n.mu.Unlock()
	if main != n.main {
		n.touch()
	}
	n.main, n.own = main, own
}

// wantedPorts are the ports of the host that lead into pods, and whose they are.
func (w *world) wantedPorts() map[hostPort]string {
	out := map[hostPort]string{}
	for _, svc := range w.services {
		for p := range servicePorts(svc) {
			out[p] = "service " + svc.Namespace + "/" + svc.Name
		}
	}
	for _, m := range w.members {
		for p := range hostPortsOfPod(m.pod) {
			out[p] = "pod " + m.pod.Namespace + "/" + m.pod.Name
		}
	}
	return out
}

// servicePorts are the ports of the host that a Service has, and the field that asks for each.
func servicePorts(svc *corev1.Service) map[hostPort]string {
	out := map[hostPort]string{}
	for i := range svc.Spec.Ports {
		port := &svc.Spec.Ports[i]
		for _, number := range hostPortsOf(svc, port) {
			field := fmt.Sprintf("spec.ports[%d].port", i)
			if number == uint16(port.NodePort) {
				field = fmt.Sprintf("spec.ports[%d].nodePort", i)
			}
			out[hostPort{proto: protocol(port.Protocol), port: number}] = field
		}
	}
	return out
}

func hostPortsOfPod(pod *corev1.Pod) map[hostPort]bool {
	out := map[hostPort]bool{}
	if hostNetwork(pod) {
		return out // its own process listens
	}
	for _, p := range podPorts(pod) {
		h := hostPort{proto: protocol(p.Protocol), port: uint16(p.HostPort)}
		if ip, err := netip.ParseAddr(p.HostIP); err == nil && ip.Is4() && !ip.IsUnspecified() {
			h.ip = ip
		}
		out[h] = true
	}
	return out
}

// overlaps tells whether two ports of the host cannot both be had.
func (p hostPort) overlaps(q hostPort) bool {
	return p.proto == q.proto && p.port == q.port && (!p.ip.IsValid() || !q.ip.IsValid() || p.ip == q.ip)
}

// holdPorts holds what the store says, before anything else in this engine can take it.
func (n *Network) holdPorts() {
	n.holds.keep(n.look().wantedPorts(), n.log)
}

// portOwner is the Service that has a port of the host, except the given one; "" if none has.
func (n *Network) portOwner(p hostPort, except *corev1.Service) string {
	for _, svc := range store.List[*corev1.Service](n.store, "", nil) {
		if except != nil && svc.Namespace == except.Namespace && svc.Name == except.Name {
			continue
		}
		for q := range servicePorts(svc) {
			if p.overlaps(q) {
				return "service " + svc.Namespace + "/" + svc.Name
			}
		}
		if q := svc.Spec.HealthCheckNodePort; q != 0 && p.proto == corev1.ProtocolTCP && uint16(q) == p.port {
			return "service " + svc.Namespace + "/" + svc.Name + " (spec.healthCheckNodePort)"
		}
	}
	return ""
}
