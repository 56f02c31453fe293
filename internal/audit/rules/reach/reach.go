package reach

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// Source is who wants in.
type Source struct {
	Namespace string
	Labels    map[string]string
	Elsewhere bool // a pod of some other namespace of which the files do not tell, such as an ingress controller's
	Outside   bool // no pod at all: a client of a load balancer
}

// From is a workload's pods as a source.
func From(w *objects.Workload) Source { return Source{Namespace: w.Namespace(), Labels: w.Labels} }

// Enters says that the policies let a source in to a port of a workload's pods.
func (p *Policies) Enters(from Source, to *objects.Workload, port int32, protocol corev1.Protocol) bool {
	policies := p.ingress[to.Object]
	for _, o := range policies {
		for i := range Of(o).Spec.Ingress {
			r := &Of(o).Spec.Ingress[i]
			if opens(r.Ports, to.Pod, port, protocol) && p.admits(r.From, o.Namespace(), from) {
				return true
			}
		}
	}
	return len(policies) == 0
}

// Leaves says that the policies let a workload's pods out to a port of another's.
func (p *Policies) Leaves(from, to *objects.Workload, port int32, protocol corev1.Protocol) bool {
	policies := p.egress[from.Object]
	for _, o := range policies {
		for i := range Of(o).Spec.Egress {
			r := &Of(o).Spec.Egress[i]
			if opens(r.Ports, to.Pod, port, protocol) && p.admits(r.To, o.Namespace(), From(to)) {
				return true
			}
		}
	}
	return len(policies) == 0
}

// Resolves says that the policies let a workload's pods ask DNS.
func (p *Policies) Resolves(from *objects.Workload) bool {
	const dns = 53
	policies := p.egress[from.Object]
	for _, o := range policies {
		for i := range Of(o).Spec.Egress {
			r := &Of(o).Spec.Egress[i]
			if opens(r.Ports, nil, dns, corev1.ProtocolUDP) && (p.admits(r.To, o.Namespace(), Source{Elsewhere: true}) || p.admits(r.To, o.Namespace(), Source{Outside: true})) {
				return true
			}
		}
	}
	return len(policies) == 0
}

// opens says that the ports of a rule hold one of a pod's.
func opens(ports []networkingv1.NetworkPolicyPort, pod *corev1.PodSpec, port int32, protocol corev1.Protocol) bool {
	for _, p := range ports {
		wanted := corev1.ProtocolTCP
		if p.Protocol != nil && *p.Protocol != "" {
			wanted = *p.Protocol
		}
		if protocol != "" && wanted != protocol || protocol == "" && wanted != corev1.ProtocolTCP {
			continue
		}
		switch {
		case p.Port == nil:
			return true
		case p.Port.Type == intstr.Int && (p.Port.IntVal == port || p.EndPort != nil && p.Port.IntVal <= port && port <= *p.EndPort):
			return true
		case p.Port.Type == intstr.String && pod == nil && p.Port.StrVal == "dns":
			return true
		case p.Port.Type == intstr.String && pod != nil:
			if n, ok := known.PortNamed(pod, p.Port.StrVal); ok && n == port {
				return true
			}
		}
	}
	return len(ports) == 0
}

// admits says that one of the peers of a rule is the source; a rule without peers is for all.
func (p *Policies) admits(peers []networkingv1.NetworkPolicyPeer, namespace string, from Source) bool {
	for i := range peers {
		if p.is(&peers[i], namespace, from) {
			return true
		}
	}
	return len(peers) == 0
}

func (p *Policies) is(peer *networkingv1.NetworkPolicyPeer, namespace string, from Source) bool {
	switch {
	case peer.IPBlock != nil:
		return from.Elsewhere || from.Outside || holdsPods(peer.IPBlock.CIDR)
	case from.Outside:
		return false
	case from.Elsewhere:
		return peer.NamespaceSelector != nil && peer.NamespaceSelector.MatchLabels[corev1.LabelMetadataName] != namespace
	case peer.NamespaceSelector == nil && from.Namespace != namespace:
		return false
	case peer.NamespaceSelector != nil && !p.NamespaceIs(peer.NamespaceSelector, from.Namespace):
		return false
	}
	return peer.PodSelector == nil || matches(peer.PodSelector, from.Labels)
}

// holdsPods says that pods may have addresses of a block: all but public ones and single addresses.
func holdsPods(cidr string) bool {
	block, err := netip.ParsePrefix(cidr)
	return err != nil || block.Bits() == 0 || block.Addr().IsPrivate() && block.Bits() < block.Addr().BitLen()
}

// OldName is a label of namespaces that many policies choose by and that nothing sets by itself.
const OldName = "name"

// NamespaceIs says that a namespace has the labels that a selector wants, or may have them. One that is chosen by
// OldName counts as chosen, since that is found and mended for itself.
func (p *Policies) NamespaceIs(sel *metav1.LabelSelector, namespace string) bool {
	has, described := p.graph.Namespaces()[namespace]
	if described {
		if _, named := sel.MatchLabels[OldName]; named && has[OldName] == "" {
			with := map[string]string{OldName: namespace}
			for k, v := range has {
				with[k] = v
			}
			has = with
		}
		return matches(sel, has)
	}
	wanted := sel.MatchLabels[corev1.LabelMetadataName]
	return wanted == "" || wanted == namespace
}

func matches(sel *metav1.LabelSelector, has map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(sel)
	return err == nil && s.Matches(labels.Set(has))
}
