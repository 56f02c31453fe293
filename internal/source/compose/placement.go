package compose

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var constraint = regexp.MustCompile(`^\s*([A-Za-z0-9_./-]+)\s*(==|!=)\s*(.+?)\s*$`)

// placement carries platform and deploy.placement, and spreads the pods of one unit over nodes where it can.
func (p *pod) placement() {
	u := p.u
	if pl := u.svc.Platform; pl != "" {
		os, arch, _ := strings.Cut(pl, "/")
		arch, _, _ = strings.Cut(arch, "/")
		p.selectNode(corev1.LabelOSStable, os)
		if arch != "" {
			p.selectNode(corev1.LabelArchStable, arch)
		}
		p.fields["nodeSelector"] = p.origin(u.path("platform")...)
	}
	if !u.runsOnce() {
		p.spread(corev1.LabelHostname, corev1.ScheduleAnyway, 1)
	}
	if u.svc.Deploy == nil {
		return
	}
	place := u.svc.Deploy.Placement
	for i, text := range place.Constraints {
		p.constraint(text, u.path("deploy", "placement", "constraints", indexStep(i)))
	}
	for i, pref := range place.Preferences {
		key, ok := strings.CutPrefix(pref.Spread, "node.labels.")
		if !ok {
			p.warn("only node.labels.NAME can be spread over", u.path("deploy", "placement", "preferences", indexStep(i))...)
			continue
		}
		p.spread(key, corev1.ScheduleAnyway, 1)
	}
	if n := place.MaxReplicas; n == 1 {
		p.affinity().PodAntiAffinity = &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			LabelSelector: &metav1.LabelSelector{MatchLabels: p.selector(u)}, TopologyKey: corev1.LabelHostname}}}
	} else if n > 1 {
		p.spread(corev1.LabelHostname, corev1.DoNotSchedule, int32(min(n, math.MaxInt32))) //nolint:gosec // bounded
	}
}

func (p *pod) spread(key string, when corev1.UnsatisfiableConstraintAction, skew int32) {
	c := corev1.TopologySpreadConstraint{
		MaxSkew: skew, TopologyKey: key, WhenUnsatisfiable: when, LabelSelector: &metav1.LabelSelector{MatchLabels: p.selector(p.u)}}
	for i := range p.spec.TopologySpreadConstraints {
		if p.spec.TopologySpreadConstraints[i].TopologyKey == key {
			p.spec.TopologySpreadConstraints[i] = c
			return
		}
	}
	p.spec.TopologySpreadConstraints = append(p.spec.TopologySpreadConstraints, c)
}

// constraint carries Swarm's node.labels.x == y and its like.
func (p *pod) constraint(text string, at []string) {
	m := constraint.FindStringSubmatch(text)
	if m == nil {
		p.refuse(fmt.Sprintf("%q is no constraint; write node.labels.NAME==VALUE", text), at...)
		return
	}
	key := map[string]string{"node.hostname": corev1.LabelHostname, "node.platform.os": corev1.LabelOSStable, "node.platform.arch": corev1.LabelArchStable}[m[1]]
	if name, ok := strings.CutPrefix(m[1], "node.labels."); ok {
		key = name
	}
	value := map[string]string{"x86_64": "amd64", "aarch64": "arm64"}[m[3]]
	if value == "" || key != corev1.LabelArchStable {
		value = m[3]
	}
	switch {
	case key == "":
		p.warn(fmt.Sprintf("%s has no counterpart in Kubernetes; label the nodes and write node.labels.NAME", m[1]), at...)
	case m[2] == "==":
		p.selectNode(key, value)
	default:
		a := p.affinity()
		if a.NodeAffinity == nil {
			a.NodeAffinity = &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{}}}}
		}
		term := &a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0]
		term.MatchExpressions = append(term.MatchExpressions, corev1.NodeSelectorRequirement{Key: key, Operator: corev1.NodeSelectorOpNotIn, Values: []string{value}})
	}
}

func (p *pod) selectNode(key, value string) {
	if p.spec.NodeSelector == nil {
		p.spec.NodeSelector = map[string]string{}
	}
	p.spec.NodeSelector[key] = value
}

func (p *pod) affinity() *corev1.Affinity {
	if p.spec.Affinity == nil {
		p.spec.Affinity = &corev1.Affinity{}
	}
	return p.spec.Affinity
}
