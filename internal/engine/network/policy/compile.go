package policy

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type compiler struct {
	in  Input
	out *Verdicts
}

// Compile computes the verdicts.
func Compile(in Input) *Verdicts {
	c := &compiler{in: in, out: &Verdicts{
		Ingress: map[netip.Addr]string{}, Egress: map[netip.Addr]string{},
		Lists: map[string]*List{}, Addresses: map[string][]netip.Addr{}, Blocks: map[string][]Range{}, Ports: map[string][]Endpoint{},
	}}
	subjects := make([]matcher, len(in.Policies))
	for i, p := range in.Policies {
		subjects[i] = newMatcher(&p.Spec.PodSelector)
	}
	for _, pod := range in.Pods {
		var ingress, egress []*networkingv1.NetworkPolicy
		for i, p := range in.Policies {
			if p.Namespace != pod.Namespace || !subjects[i].matches(pod.Labels) {
				continue
			}
			if isolates(p, networkingv1.PolicyTypeIngress) {
				ingress = append(ingress, p)
			}
			if isolates(p, networkingv1.PolicyTypeEgress) {
				egress = append(egress, p)
			}
		}
		c.out.Ingress[pod.IP] = c.list(networkingv1.PolicyTypeIngress, ingress)
		c.out.Egress[pod.IP] = c.list(networkingv1.PolicyTypeEgress, egress)
	}
	return c.out
}

// isolates tells whether a policy closes a direction for the pods that it selects.
func isolates(p *networkingv1.NetworkPolicy, t networkingv1.PolicyType) bool {
	if len(p.Spec.PolicyTypes) > 0 {
		return slices.Contains(p.Spec.PolicyTypes, t)
	}
	return t == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0
}

// list returns the name of the list for pods that exactly these policies select.
func (c *compiler) list(t networkingv1.PolicyType, policies []*networkingv1.NetworkPolicy) string {
	if len(policies) == 0 {
		return ""
	}
	names := make([]string, len(policies))
	for i, p := range policies {
		names[i] = p.Namespace + "/" + p.Name
	}
	slices.Sort(names)
	name := setName(strings.ToLower(string(t)), strings.Join(names, " "))
	if c.out.Lists[name] != nil {
		return name
	}
	l := &List{Direction: t}
	c.out.Lists[name] = l
	for _, p := range policies {
		if t == networkingv1.PolicyTypeIngress {
			for _, r := range p.Spec.Ingress {
				l.Allow = append(l.Allow, c.allow(t, p.Namespace, r.From, r.Ports)...)
			}
			continue
		}
		for _, r := range p.Spec.Egress {
			l.Allow = append(l.Allow, c.allow(t, p.Namespace, r.To, r.Ports)...)
		}
	}
	return name
}

// allow is one rule of a policy: any of its peers at any of its ports.
func (c *compiler) allow(t networkingv1.PolicyType, namespace string, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) []Allow {
	ends := []Allow{{}}
	if len(peers) > 0 {
		ends = nil
		for i := range peers {
			if a, ok := c.peer(t, namespace, &peers[i]); ok {
				ends = append(ends, a)
			}
		}
	}
	if len(ports) == 0 {
		return ends
	}
	var out []Allow
	for _, a := range ends {
		for _, p := range ports {
			if with, ok := c.port(a, p); ok {
				out = append(out, with)
			}
		}
	}
	return out
}

func (c *compiler) peer(t networkingv1.PolicyType, namespace string, p *networkingv1.NetworkPolicyPeer) (Allow, bool) {
	if p.IPBlock != nil {
		ranges := subtract(p.IPBlock.CIDR, p.IPBlock.Except)
		name := setName("block", p.IPBlock.CIDR+" "+strings.Join(p.IPBlock.Except, " "))
		c.out.Blocks[name] = ranges
		return Allow{Block: name}, len(ranges) > 0
	}
	if p.PodSelector == nil && p.NamespaceSelector == nil {
		return Allow{}, false
	}
	side, others := "from", c.in.Sources
	if t == networkingv1.PolicyTypeEgress {
		side, others = "to", c.in.Targets
	}
	key, _ := json.Marshal(p) // the order of its keys is fixed
	where := ""
	if p.NamespaceSelector == nil {
		where = namespace
	}
	name := setName(side, where+" "+string(key))
	if _, done := c.out.Addresses[name]; !done {
		c.out.Addresses[name] = c.selected(namespace, p, others)
	}
	return Allow{Peer: name}, true
}

// selected lists the addresses of the pods that a peer means.
func (c *compiler) selected(namespace string, p *networkingv1.NetworkPolicyPeer, others []Pod) []netip.Addr {
	pods, spaces := matcher{all: true}, matcher{}
	if p.PodSelector != nil {
		pods = newMatcher(p.PodSelector)
	}
	if p.NamespaceSelector != nil {
		spaces = newMatcher(p.NamespaceSelector)
	}
	out := []netip.Addr{}
	for _, list := range [][]Pod{c.in.Pods, others} {
		for _, pod := range list {
			in := pod.Namespace == namespace
			if p.NamespaceSelector != nil {
				labels, exists := c.in.Namespaces[pod.Namespace]
				in = exists && spaces.matches(labels)
			}
			if in && pods.matches(pod.Labels) {
				out = append(out, pod.IP)
			}
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

func (c *compiler) port(a Allow, p networkingv1.NetworkPolicyPort) (Allow, bool) {
	a.Protocol = corev1.ProtocolTCP
	if p.Protocol != nil && *p.Protocol != "" {
		a.Protocol = *p.Protocol
	}
	switch {
	case p.Port == nil:
		return a, true
	case p.Port.StrVal != "":
		a.Named = setName("port", string(a.Protocol)+" "+p.Port.StrVal)
		c.out.Ports[a.Named] = c.named(a.Protocol, p.Port.StrVal)
		return a, true
	}
	first, last := p.Port.IntVal, p.Port.IntVal
	if p.EndPort != nil {
		last = *p.EndPort
	}
	if first < 1 || last < first || last > 65535 {
		return a, false
	}
	a.First, a.Last = uint16(first), uint16(last)
	return a, true
}

// named lists where a port of that name is.
func (c *compiler) named(proto corev1.Protocol, name string) []Endpoint {
	out := []Endpoint{}
	for _, list := range [][]Pod{c.in.Pods, c.in.Targets} {
		for _, pod := range list {
			for _, p := range pod.Ports {
				if p.Name == name && (p.Protocol == proto || p.Protocol == "" && proto == corev1.ProtocolTCP) {
					out = append(out, Endpoint{pod.IP, proto, p.Port})
				}
			}
		}
	}
	return out
}

// setName is a short name for what a text says.
func setName(kind, text string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return fmt.Sprintf("%s-%016x", kind, h.Sum64())
}
