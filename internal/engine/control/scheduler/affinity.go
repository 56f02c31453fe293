package scheduler

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func nodeMatches(p *corev1.Pod, n *corev1.Node) bool {
	if !labels.SelectorFromSet(p.Spec.NodeSelector).Matches(labels.Set(n.Labels)) {
		return false
	}
	a := p.Spec.Affinity
	if a == nil || a.NodeAffinity == nil {
		return true
	}
	return selects(a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution, n)
}

func volumesMatch(v mounts, n *corev1.Node) bool {
	for _, pv := range v.volumes {
		if pv.Spec.NodeAffinity != nil && !selects(pv.Spec.NodeAffinity.Required, n) {
			return false
		}
	}
	return true
}

// selects tells whether one of the terms matches the node; nil matches all.
func selects(s *corev1.NodeSelector, n *corev1.Node) bool {
	if s == nil {
		return true
	}
	return slices.ContainsFunc(s.NodeSelectorTerms, func(t corev1.NodeSelectorTerm) bool {
		if len(t.MatchExpressions)+len(t.MatchFields) == 0 {
			return false
		}
		for _, r := range t.MatchExpressions {
			if v, ok := n.Labels[r.Key]; !holds(r, v, ok) {
				return false
			}
		}
		for _, r := range t.MatchFields {
			if r.Key != metav1.ObjectNameField || !holds(r, n.Name, true) {
				return false
			}
		}
		return true
	})
}

func holds(r corev1.NodeSelectorRequirement, value string, present bool) bool {
	switch r.Operator {
	case corev1.NodeSelectorOpIn:
		return present && slices.Contains(r.Values, value)
	case corev1.NodeSelectorOpNotIn:
		return !present || !slices.Contains(r.Values, value)
	case corev1.NodeSelectorOpExists:
		return present
	case corev1.NodeSelectorOpDoesNotExist:
		return !present
	case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
		if !present || len(r.Values) != 1 {
			return false
		}
		have, err1 := strconv.ParseInt(value, 10, 64)
		want, err2 := strconv.ParseInt(r.Values[0], 10, 64)
		return err1 == nil && err2 == nil && (r.Operator == corev1.NodeSelectorOpGt && have > want || r.Operator == corev1.NodeSelectorOpLt && have < want)
	}
	return false
}

// affinity judges the required affinity and anti-affinity between pods, in both directions.
func (c *controller) affinity(p *corev1.Pod, n *corev1.Node, w world) []string {
	near, far := terms(p)
	for _, t := range near {
		if _, ok := n.Labels[t.TopologyKey]; !ok {
			return []string{"node(s) didn't match pod affinity rules"}
		}
		anywhere := false
		here := slices.ContainsFunc(w, func(o *corev1.Pod) bool {
			if !c.matches(t, p, o) {
				return false
			}
			anywhere = true
			return c.sameDomain(o, n, t.TopologyKey)
		})
		// The first of a group that wants to be near itself has to begin somewhere.
		if !here && (anywhere || !c.matches(t, p, p)) {
			return []string{"node(s) didn't match pod affinity rules"}
		}
	}
	for _, t := range far {
		if slices.ContainsFunc(w, func(o *corev1.Pod) bool { return c.matches(t, p, o) && c.sameDomain(o, n, t.TopologyKey) }) {
			return []string{"node(s) didn't match pod anti-affinity rules"}
		}
	}
	for _, o := range w {
		_, theirs := terms(o)
		for _, t := range theirs {
			if c.matches(t, o, p) && c.sameDomain(o, n, t.TopologyKey) {
				return []string{"node(s) didn't satisfy existing pods anti-affinity rules"}
			}
		}
	}
	return nil
}

func terms(p *corev1.Pod) (near, far []corev1.PodAffinityTerm) {
	if a := p.Spec.Affinity; a != nil {
		if a.PodAffinity != nil {
			near = a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution
		}
		if a.PodAntiAffinity != nil {
			far = a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
		}
	}
	return near, far
}

// matches tells whether a term of owner is about pod o.
func (c *controller) matches(t corev1.PodAffinityTerm, owner, o *corev1.Pod) bool {
	inNamespace := slices.Contains(t.Namespaces, o.Namespace) || len(t.Namespaces) == 0 && t.NamespaceSelector == nil && o.Namespace == owner.Namespace
	if !inNamespace && t.NamespaceSelector != nil {
		sel, err := metav1.LabelSelectorAsSelector(t.NamespaceSelector)
		ns, err2 := store.Get[*corev1.Namespace](c.Store, "", o.Namespace)
		inNamespace = err == nil && err2 == nil && sel.Matches(labels.Set(ns.Labels))
	}
	if !inNamespace {
		return false
	}
	sel, err := metav1.LabelSelectorAsSelector(t.LabelSelector)
	if err != nil || !sel.Matches(labels.Set(o.Labels)) {
		return false
	}
	for _, k := range t.MatchLabelKeys {
		if v, ok := owner.Labels[k]; ok && o.Labels[k] != v {
			return false
		}
	}
	for _, k := range t.MismatchLabelKeys {
		if v, ok := owner.Labels[k]; ok && o.Labels[k] == v {
			return false
		}
	}
	return true
}

func (c *controller) sameDomain(o *corev1.Pod, n *corev1.Node, key string) bool {
	value, ok := n.Labels[key]
	if !ok {
		return false
	}
	if o.Spec.NodeName == n.Name {
		return true
	}
	other, err := store.Get[*corev1.Node](c.Store, "", o.Spec.NodeName)
	return err == nil && other.Labels[key] == value
}
