package policy_test

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/engine/network/policy"
)

// reference judges one connection straight from the policies, as slowly and as plainly as the API's documentation
// reads.
func reference(in policy.Input, from, to netip.Addr, proto corev1.Protocol, port uint16) bool {
	return ingressAllows(in, from, to, proto, port) && egressAllows(in, from, to, proto, port)
}

func podAt(ip netip.Addr, lists ...[]policy.Pod) *policy.Pod {
	for _, l := range lists {
		for i := range l {
			if l[i].IP == ip {
				return &l[i]
			}
		}
	}
	return nil
}

func selected(s metav1.LabelSelector, set map[string]string) bool {
	sel, err := metav1.LabelSelectorAsSelector(&s)
	return err == nil && sel.Matches(labels.Set(set))
}

func ingressAllows(in policy.Input, from, to netip.Addr, proto corev1.Protocol, port uint16) bool {
	pod := podAt(to, in.Pods)
	if pod == nil {
		return true
	}
	isolated := false
	for _, p := range in.Policies {
		if p.Namespace != pod.Namespace || !selected(p.Spec.PodSelector, pod.Labels) {
			continue
		}
		applies := len(p.Spec.PolicyTypes) == 0
		for _, t := range p.Spec.PolicyTypes {
			applies = applies || t == networkingv1.PolicyTypeIngress
		}
		if !applies {
			continue
		}
		isolated = true
		for _, r := range p.Spec.Ingress {
			if peersMatch(in, p.Namespace, r.From, from, podAt(from, in.Pods, in.Sources)) && portsMatch(r.Ports, pod, proto, port) {
				return true
			}
		}
	}
	return !isolated
}

func egressAllows(in policy.Input, from, to netip.Addr, proto corev1.Protocol, port uint16) bool {
	pod := podAt(from, in.Pods)
	if pod == nil {
		return true
	}
	isolated := false
	target := podAt(to, in.Pods, in.Targets)
	for _, p := range in.Policies {
		if p.Namespace != pod.Namespace || !selected(p.Spec.PodSelector, pod.Labels) {
			continue
		}
		applies := len(p.Spec.PolicyTypes) == 0 && len(p.Spec.Egress) > 0
		for _, t := range p.Spec.PolicyTypes {
			applies = applies || t == networkingv1.PolicyTypeEgress
		}
		if !applies {
			continue
		}
		isolated = true
		for _, r := range p.Spec.Egress {
			if peersMatch(in, p.Namespace, r.To, to, target) && portsMatch(r.Ports, target, proto, port) {
				return true
			}
		}
	}
	return !isolated
}

func peersMatch(in policy.Input, namespace string, peers []networkingv1.NetworkPolicyPeer, ip netip.Addr, pod *policy.Pod) bool {
	if len(peers) == 0 {
		return true
	}
	for _, peer := range peers {
		if b := peer.IPBlock; b != nil {
			if inBlock(b, ip) {
				return true
			}
			continue
		}
		if pod == nil || peer.PodSelector == nil && peer.NamespaceSelector == nil {
			continue
		}
		if peer.PodSelector != nil && !selected(*peer.PodSelector, pod.Labels) {
			continue
		}
		if peer.NamespaceSelector == nil {
			if pod.Namespace == namespace {
				return true
			}
			continue
		}
		if space, ok := in.Namespaces[pod.Namespace]; ok && selected(*peer.NamespaceSelector, space) {
			return true
		}
	}
	return false
}

func inBlock(b *networkingv1.IPBlock, ip netip.Addr) bool {
	p, err := netip.ParsePrefix(b.CIDR)
	if err != nil || !p.Contains(ip) {
		return false
	}
	for _, text := range b.Except {
		e, err := netip.ParsePrefix(text)
		if err != nil || e.Contains(ip) {
			return false
		}
	}
	return true
}

func portsMatch(ports []networkingv1.NetworkPolicyPort, receiver *policy.Pod, proto corev1.Protocol, port uint16) bool {
	if len(ports) == 0 {
		return true
	}
	for _, p := range ports {
		want := corev1.ProtocolTCP
		if p.Protocol != nil && *p.Protocol != "" {
			want = *p.Protocol
		}
		if want != proto {
			continue
		}
		switch {
		case p.Port == nil:
			return true
		case p.Port.StrVal != "":
			if receiver == nil {
				continue
			}
			for _, named := range receiver.Ports {
				if named.Name == p.Port.StrVal && named.Protocol == proto && named.Port == port {
					return true
				}
			}
		default:
			end := p.Port.IntVal
			if p.EndPort != nil {
				end = *p.EndPort
			}
			if p.Port.IntVal >= 1 && end <= 65535 && p.Port.IntVal <= int32(port) && int32(port) <= end {
				return true
			}
		}
	}
	return false
}
