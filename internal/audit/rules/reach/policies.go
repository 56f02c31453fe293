package reach

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Policies are the NetworkPolicies of an application by the workloads that they choose.
type Policies struct {
	graph   *objects.Graph
	ingress map[*objects.Object][]*objects.Object
	egress  map[*objects.Object][]*objects.Object
}

// New sorts the policies of an application by the workloads that they choose.
func New(g *objects.Graph) *Policies {
	p := &Policies{graph: g, ingress: map[*objects.Object][]*objects.Object{}, egress: map[*objects.Object][]*objects.Object{}}
	for _, o := range g.OfKind("NetworkPolicy") {
		v := Of(o)
		if v == nil {
			continue
		}
		in, out := Types(v)
		for _, w := range g.Select(o.Namespace(), &v.Spec.PodSelector) {
			if in {
				p.ingress[w.Object] = append(p.ingress[w.Object], o)
			}
			if out {
				p.egress[w.Object] = append(p.egress[w.Object], o)
			}
		}
	}
	return p
}

// Of is an object as a NetworkPolicy, nil if it is none of Kubernetes' own.
func Of(o *objects.Object) *networkingv1.NetworkPolicy {
	v, _ := o.Object.(*networkingv1.NetworkPolicy)
	return v
}

// Types tells which directions a policy closes: ingress if it does not say, and egress if it has rules for that.
func Types(v *networkingv1.NetworkPolicy) (ingress, egress bool) {
	if len(v.Spec.PolicyTypes) == 0 {
		return true, len(v.Spec.Egress) > 0
	}
	return slices.Contains(v.Spec.PolicyTypes, networkingv1.PolicyTypeIngress), slices.Contains(v.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
}

// Ingress lists the policies that close the way in to a workload.
func (p *Policies) Ingress(w *objects.Workload) []*objects.Object { return p.ingress[w.Object] }

// Egress lists the policies that close the way out of a workload.
func (p *Policies) Egress(w *objects.Workload) []*objects.Object { return p.egress[w.Object] }
