package network

import (
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/network/rules"
)

// addServices gives every port of every Service its chain, and every address and host port that leads there.
func (w *world) addServices(t *rules.Table, st *state) {
	for _, svc := range w.services {
		if svc.Spec.Type == corev1.ServiceTypeExternalName || svc.Spec.ClusterIP == corev1.ClusterIPNone {
			continue
		}
		endpoints := w.judge(w.slices[types.NamespacedName{Namespace: svc.Namespace, Name: svc.Name}])
		for i := range svc.Spec.Ports {
			w.addServicePort(t, st, svc, &svc.Spec.Ports[i], endpoints)
		}
	}
}

func (w *world) addServicePort(t *rules.Table, st *state, svc *corev1.Service, port *corev1.ServicePort, endpoints []endpoint) {
	to, fallback := targets(endpoints, port)
	if len(to) > rules.MostTargets {
		to = to[:rules.MostTargets]
	}
	for _, a := range to {
		if !fallback {
			st.targets[a.Addr()] = true
		}
	}
	proto := protocol(port.Protocol)
	name := fmt.Sprintf("svc-%s/%s/%s/%d", svc.Namespace, svc.Name, rules.Name(proto), port.Port)
	if len(to) > 0 {
		spread(t, name, svc, to)
	}
	for _, ip := range serviceAddresses(svc) {
		if ip == w.dns {
			continue // served on this host
		}
		key := rules.Key(ip, proto, uint16(port.Port))
		if len(to) > 0 {
			t.Sets[setServices].Send(key, rules.Goto(name))
		} else {
			t.Set(setRefused, rules.Address, rules.Protocol, rules.Port).Put(key)
		}
		st.flow(proto, netip.AddrPortFrom(ip, uint16(port.Port)), to)
	}
	for _, number := range hostPortsOf(svc, port) {
		chain := name
		if len(to) == 0 {
			t.Set(setClosed, rules.Protocol, rules.Port).Put(rules.Key(proto, number))
			continue
		}
		if balanced(svc) && number == uint16(port.Port) && len(svc.Spec.LoadBalancerSourceRanges) > 0 {
			chain = restrict(t, name, svc)
		}
		t.Sets[setHostPorts].Send(rules.Key(proto, number), rules.Goto(chain))
		st.flow(proto, netip.AddrPortFrom(netip.IPv4Unspecified(), number), to)
	}
}

// spread sends to one of the targets, and to the same one again for a client's address if the Service says so.
func spread(t *rules.Table, name string, svc *corev1.Service, to []netip.AddrPort) {
	c := t.Chain(name)
	if svc.Spec.SessionAffinity != corev1.ServiceAffinityClientIP {
		c.Add(rules.To(to...))
		return
	}
	timeout := time.Duration(corev1.DefaultClientIPServiceAffinitySeconds) * time.Second
	if cfg := svc.Spec.SessionAffinityConfig; cfg != nil && cfg.ClientIP != nil && cfg.ClientIP.TimeoutSeconds != nil {
		timeout = time.Duration(*cfg.ClientIP.TimeoutSeconds) * time.Second
	}
	var chains []string
	for _, a := range to {
		chain := name + "/" + a.String()
		set := "clients-" + chain + "/" + timeout.String()
		t.Set(set, rules.Address).Timeout = timeout
		c.Add(rules.Source.InSet(set), rules.Goto(chain).Part())
		t.Chain(chain).Add(rules.Remember(set, timeout))
		t.Chain(chain).Add(rules.To(a))
		chains = append(chains, chain)
	}
	c.Add(rules.GotoOne(chains...))
}

// restrict lets only the Service's source ranges pass to its load balancer ports, besides the host itself.
func restrict(t *rules.Table, name string, svc *corev1.Service) string {
	chain := name + "/ranges"
	if t.Chains[chain] != nil {
		return chain
	}
	c := t.Chain(chain)
	for _, text := range svc.Spec.LoadBalancerSourceRanges {
		if p, err := netip.ParsePrefix(text); err == nil && p.Addr().Is4() {
			c.Add(rules.Source.In(p), rules.Goto(name).Part())
		}
	}
	c.Add(rules.Source.In(loopback), rules.Goto(name).Part())
	c.Add(rules.Drop.Part())
	return chain
}

// flow notes where UDP flows to an address may lead; those that lead elsewhere are forgotten after the commit.
func (st *state) flow(proto corev1.Protocol, front netip.AddrPort, to []netip.AddrPort) {
	if proto != corev1.ProtocolUDP {
		return
	}
	back := st.udp[front]
	if back == nil {
		back = map[netip.AddrPort]bool{}
		st.udp[front] = back
	}
	for _, a := range to {
		back[a] = true
	}
}

// serviceAddresses are the addresses that lead to a Service, the host's own apart.
func serviceAddresses(svc *corev1.Service) []netip.Addr {
	var out []netip.Addr
	for _, text := range append([]string{svc.Spec.ClusterIP}, svc.Spec.ExternalIPs...) {
		if ip, err := netip.ParseAddr(text); err == nil && ip.Is4() {
			out = append(out, ip)
		}
	}
	return out
}

// balanced tells whether the ports of a Service are the host's too.
func balanced(svc *corev1.Service) bool {
	return svc.Spec.Type == corev1.ServiceTypeLoadBalancer &&
		(svc.Spec.LoadBalancerClass == nil || *svc.Spec.LoadBalancerClass == LoadBalancerClass)
}

// LoadBalancerClass names this load balancer in spec.loadBalancerClass; without a class a Service is ours too.
const LoadBalancerClass = "slipway.dev/host"

// hostPortsOf are the ports of the host that lead to a port of a Service.
func hostPortsOf(svc *corev1.Service, port *corev1.ServicePort) []uint16 {
	var out []uint16
	if port.NodePort != 0 {
		out = append(out, uint16(port.NodePort))
	}
	if balanced(svc) {
		out = append(out, uint16(port.Port))
	}
	return out
}

// addHostPorts sends the ports of the host that pods ask for to them. The host's own name for the pod is the port
// alone, or an address and the port if the pod names one.
func (w *world) addHostPorts(t *rules.Table) {
	for _, m := range w.members {
		for _, p := range podPorts(m.pod) {
			to := netip.AddrPortFrom(m.ip, uint16(p.ContainerPort))
			proto := protocol(p.Protocol)
			set, key := setHostPorts, rules.Key(proto, uint16(p.HostPort))
			if ip, err := netip.ParseAddr(p.HostIP); err == nil && ip.Is4() && !ip.IsUnspecified() {
				set, key = setServices, rules.Key(ip, proto, uint16(p.HostPort))
			}
			name := fmt.Sprintf("host-%s/%s/%d%s", m.pod.Namespace, m.pod.Name, p.HostPort, rules.Name(proto))
			if _, taken := t.Sets[set].Elements[key]; taken {
				continue // admission keeps Services apart; of two pods during a rollout the first keeps the port
			}
			t.Sets[set].Send(key, rules.Goto(name))
			t.Chain(name).Add(rules.To(to))
		}
	}
}

// podPorts are the ports of a pod's containers that are the host's too. Init containers have them only if they go
// on running.
func podPorts(pod *corev1.Pod) []corev1.ContainerPort {
	var out []corev1.ContainerPort
	take := func(c corev1.Container) {
		for _, p := range c.Ports {
			if p.HostPort > 0 {
				out = append(out, p)
			}
		}
	}
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			take(c)
		}
	}
	for _, c := range pod.Spec.Containers {
		take(c)
	}
	return out
}
