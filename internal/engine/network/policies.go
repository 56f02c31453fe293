package network

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/network/policy"
	"github.com/slipway-sh/slipway/internal/engine/network/rules"
)

// GatewayLabels are the labels of the pod that policies see in the gateway; its namespace is kube-system.
var GatewayLabels = map[string]string{"app.kubernetes.io/name": "gateway", "app.kubernetes.io/part-of": "slipway"}

// dnsLabels are those of the pods that answer names on other clusters.
var dnsLabels = map[string]string{"k8s-app": "kube-dns"}

// policyInput is the world as policies see it. The gateway's connections, told by their mark, get the host's
// address among the pods, so that it counts as a pod for address ranges too; the nameserver is a pod that only receives.
func (w *world) policyInput() policy.Input {
	in := policy.Input{Namespaces: map[string]map[string]string{}, Policies: w.policies}
	for _, ns := range w.namespaces {
		in.Namespaces[ns.Name] = ns.Labels
	}
	if in.Namespaces[metav1.NamespaceSystem] == nil {
		in.Namespaces[metav1.NamespaceSystem] = map[string]string{corev1.LabelMetadataName: metav1.NamespaceSystem}
	}
	for _, m := range w.members {
		in.Pods = append(in.Pods, policy.Pod{Namespace: m.pod.Namespace, Labels: m.pod.Labels, IP: m.ip, Ports: namedPorts(m.pod)})
	}
	in.Sources = []policy.Pod{{Namespace: metav1.NamespaceSystem, Labels: GatewayLabels, IP: w.node}}
	in.Targets = []policy.Pod{{Namespace: metav1.NamespaceSystem, Labels: dnsLabels, IP: w.dns, Ports: []policy.NamedPort{
		{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53}, {Name: "dns-tcp", Protocol: corev1.ProtocolTCP, Port: 53}}}}
	return in
}

func namedPorts(pod *corev1.Pod) []policy.NamedPort {
	var out []policy.NamedPort
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range list {
			for _, p := range c.Ports {
				if p.Name != "" {
					out = append(out, policy.NamedPort{Name: p.Name, Protocol: protocol(p.Protocol), Port: uint16(p.ContainerPort)})
				}
			}
		}
	}
	return out
}

// addPolicies fills the maps of what pods may send and receive. A pod that is not in them may nothing.
func (w *world) addPolicies(t *rules.Table, st *state) {
	send, receive := t.Chain(chainSend), t.Chain(chainReceive)
	send.Add(rules.Source.Send(setEgress))
	send.Add(rules.Drop.Part())
	receive.Add(rules.Destination.Send(setIngress))
	receive.Add(rules.Drop.Part())

	v := policy.Compile(w.policyInput())
	for name, addrs := range v.Addresses {
		set := t.Set(name, rules.Address)
		for _, a := range addrs {
			set.Put(rules.Key(a))
		}
	}
	for name, ranges := range v.Blocks {
		set := t.Set(name, rules.Address)
		set.Interval = true
		for _, r := range ranges {
			set.PutRange(r.First, r.Last)
		}
	}
	for name, ends := range v.Ports {
		set := t.Set(name, rules.Address, rules.Protocol, rules.Port)
		for _, e := range ends {
			set.Put(rules.Key(e.IP, e.Protocol, e.Port))
		}
	}
	for name, l := range v.Lists {
		addList(t.Chain(name), l)
	}
	fill(t.Map(setEgress, rules.Address), v.Egress)
	fill(t.Map(setIngress, rules.Address), v.Ingress)
	for _, m := range w.members {
		st.known[m.pod.UID] = true
	}
}

func fill(m *rules.Set, lists map[netip.Addr]string) {
	for ip, list := range lists {
		if list == "" {
			m.Send(rules.Key(ip), rules.Return)
		} else {
			m.Send(rules.Key(ip), rules.Goto(list))
		}
	}
}

// addList writes a list as a chain: what is allowed returns to where the other end is asked, the rest is dropped.
func addList(c *rules.Chain, l *policy.List) {
	peer := rules.Source
	if l.Direction == networkingv1.PolicyTypeEgress {
		peer = rules.Destination
	}
	for _, a := range l.Allow {
		var parts []rules.Part
		if set := a.Peer + a.Block; set != "" {
			parts = append(parts, peer.InSet(set))
		}
		switch {
		case a.Named != "":
			parts = append(parts, rules.InKeys(a.Named, rules.Address, rules.Protocol, rules.Port))
		case a.Protocol != "":
			parts = append(parts, rules.ProtocolIs(rules.Number(a.Protocol)))
			if a.Last != 0 {
				parts = append(parts, rules.PortIn(a.First, a.Last))
			}
		}
		c.Add(append(parts, rules.Return.Part())...)
	}
	c.Add(rules.Drop.Part())
}
