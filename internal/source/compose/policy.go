package compose

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

const (
	// networkLabel marks the pods of one network: network.slipway.dev/back: "true".
	networkLabel = "network.slipway.dev/"
	// egressLabel marks pods that are in internal networks alone.
	egressLabel = "slipway.dev/egress"

	gatewayNamespace    = "kube-system" // where an ingress controller lives, and DNS
	monitoringNamespace = "monitoring"
)

// memberships are the labels by which the policies of networks choose a pod.
func (c *compiler) memberships(u *unit) map[string]string {
	labels, inside := map[string]string{}, len(u.svc.Networks) > 0
	for n := range u.svc.Networks {
		labels[networkLabel+label(n)] = "true"
		inside = inside && c.project.Networks[n].Internal
	}
	if u.svc.NetworkMode == "bridge" || u.svc.NetworkMode == "default" {
		labels[networkLabel+u.svc.NetworkMode] = "true"
	}
	if inside {
		labels[egressLabel] = "internal"
	}
	return labels
}

// addPolicies closes the namespace and opens it between services that share a network, to the gateway for what is
// routed, and to everyone for what is published.
func (c *compiler) addPolicies() {
	c.policy("default-deny", c.app.Namespace, networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}}, "networks")
	used := map[string]bool{}
	for _, u := range c.units {
		if u.pod != u {
			continue
		}
		for n := range u.svc.Networks {
			used[n] = true
		}
		if m := u.svc.NetworkMode; m == "bridge" || m == "default" {
			used[m] = true
		}
		c.unitPolicies(u)
	}
	for _, n := range sortedKeys(used) {
		c.networkPolicies(n)
	}
}

func (c *compiler) networkPolicies(name string) {
	n := c.project.Networks[name]
	at := []string{"networks", name}
	switch n.Driver {
	case "", "bridge", "overlay", "default":
	default:
		c.refuse(fmt.Sprintf("network driver %s is not here: pods have one network, which NetworkPolicies divide", n.Driver), append(at, "driver")...)
	}
	members := metav1.LabelSelector{MatchLabels: map[string]string{networkLabel + label(name): "true"}}
	peer := networkingv1.NetworkPolicyPeer{PodSelector: &members}
	if n.External {
		peer.NamespaceSelector = &metav1.LabelSelector{}
		c.warn("belongs to another project: its services may come in, and have names of the form SERVICE.NAMESPACE", append(at, "external")...)
	}
	c.policy("network-"+label(name), c.app.Namespace, networkingv1.NetworkPolicySpec{
		PodSelector: members,
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{peer}}},
	}, at...)
	if !n.Internal {
		return
	}
	alone := *members.DeepCopy()
	alone.MatchLabels[egressLabel] = "internal"
	c.policy("network-"+label(name)+"-internal", c.app.Namespace, networkingv1.NetworkPolicySpec{
		PodSelector: alone,
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress},
		Egress: []networkingv1.NetworkPolicyEgressRule{
			{To: []networkingv1.NetworkPolicyPeer{peer}},
			{To: []networkingv1.NetworkPolicyPeer{namespacePeer(gatewayNamespace)}, Ports: []networkingv1.NetworkPolicyPort{
				policyPort(corev1.ProtocolUDP, 53), policyPort(corev1.ProtocolTCP, 53)}},
		},
	}, append(at, "internal")...)
}

func (c *compiler) unitPolicies(u *unit) {
	pods := metav1.LabelSelector{MatchLabels: c.selector(u)}
	if u.svc.NetworkMode == "none" {
		c.policy(u.id+"-isolated", u.id, networkingv1.NetworkPolicySpec{
			PodSelector: pods,
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
		}, u.path("network_mode")...)
		return
	}
	allow := func(suffix string, from []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort, at []string) {
		if len(ports) == 0 {
			return
		}
		slices.SortFunc(ports, func(a, b networkingv1.NetworkPolicyPort) int {
			return cmp.Or(cmp.Compare(a.Port.IntVal, b.Port.IntVal), cmp.Compare(*a.Protocol, *b.Protocol))
		})
		ports = slices.CompactFunc(ports, func(a, b networkingv1.NetworkPolicyPort) bool {
			return *a.Port == *b.Port && *a.Protocol == *b.Protocol
		})
		c.policy(u.id+"-"+suffix, u.id, networkingv1.NetworkPolicySpec{
			PodSelector: pods,
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: from, Ports: ports}},
		}, at...)
	}
	var routed, published, scraped []networkingv1.NetworkPolicyPort
	for _, s := range u.all() {
		for _, r := range s.routes {
			if r.port > 0 {
				routed = append(routed, policyPort(corev1.ProtocolTCP, r.port))
			}
		}
		for _, p := range s.ports {
			if len(p.published) > 0 {
				published = append(published, policyPort(p.protocol, p.target))
			}
		}
		if m := s.ext.Metrics; m != nil {
			scraped = append(scraped, policyPort(corev1.ProtocolTCP, m.Port))
		}
	}
	allow("routed", []networkingv1.NetworkPolicyPeer{namespacePeer(gatewayNamespace)}, routed, u.base)
	allow("published", nil, published, u.path("ports"))
	allow("metrics", []networkingv1.NetworkPolicyPeer{namespacePeer(monitoringNamespace)}, scraped, u.path(extensionName, "metrics"))
}

func (c *compiler) policy(name, service string, spec networkingv1.NetworkPolicySpec, path ...string) {
	c.add(&networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec}, service, path...)
}

func policyPort(proto corev1.Protocol, n int32) networkingv1.NetworkPolicyPort {
	return networkingv1.NetworkPolicyPort{Protocol: &proto, Port: ptr.To(intstr.FromInt32(n))}
}

func namespacePeer(name string) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}}
}
