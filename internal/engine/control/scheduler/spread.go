package scheduler

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// spreads judges the topologySpreadConstraints that may refuse a node. With one node there is one domain, and pods
// in it are never spread unevenly; unless minDomains asks for more of them, when the missing ones count as empty.
func (c *controller) spreads(p *corev1.Pod, n *corev1.Node, w world) []string {
	const refusal = "node(s) didn't match pod topology spread constraints"
	for _, t := range p.Spec.TopologySpreadConstraints {
		if t.WhenUnsatisfiable != corev1.DoNotSchedule {
			continue
		}
		if _, ok := n.Labels[t.TopologyKey]; !ok {
			return []string{refusal + " (missing required label)"}
		}
		sizes := map[string]int32{} // pods that the constraint counts, by domain
		for _, o := range store.List[*corev1.Node](c.Store, "", nil) {
			if v, ok := o.Labels[t.TopologyKey]; ok {
				sizes[v] += spreadWith(t, p, w.on(o.Name))
			}
		}
		here := sizes[n.Labels[t.TopologyKey]]
		least := here
		for _, size := range sizes {
			least = min(least, size)
		}
		if t.MinDomains != nil && int(*t.MinDomains) > len(sizes) {
			least = 0
		}
		if here+spreadWith(t, p, world{p})-least > t.MaxSkew {
			return []string{refusal}
		}
	}
	return nil
}

// spreadWith counts the pods that a constraint of p is about.
func spreadWith(t corev1.TopologySpreadConstraint, p *corev1.Pod, w world) int32 {
	sel, err := metav1.LabelSelectorAsSelector(t.LabelSelector)
	if err != nil {
		return 0
	}
	var n int32
next:
	for _, o := range w {
		if o.Namespace != p.Namespace || o.DeletionTimestamp != nil || !sel.Matches(labels.Set(o.Labels)) {
			continue
		}
		for _, k := range t.MatchLabelKeys {
			if v, ok := p.Labels[k]; ok && o.Labels[k] != v {
				continue next
			}
		}
		n++
	}
	return n
}
