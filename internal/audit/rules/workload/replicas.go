package workload

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const spreadDoc = docs + "concepts/scheduling-eviction/topology-spread-constraints/"

var replicas = []*rule.Rule{
	{ID: "single-replica", Severity: rule.Risk, Title: "A server runs as a single pod",
		Why:     "When its node is drained, fails or runs out of memory, nobody is served until another pod has been scheduled, has pulled its image and has started.",
		Advice:  "set spec.replicas to 2 or more, or minReplicas of its autoscaler",
		Compose: "set deploy.replicas to 2 or more",
		Sources: []string{docs + "concepts/workloads/pods/disruptions/"}, Check: singleReplica},
	{ID: "no-spread", Severity: rule.Risk, Title: "Nothing keeps the pods of a workload on different nodes",
		Why:     "All of them may run on one node, and go with it.",
		Advice:  "add topologySpreadConstraints over kubernetes.io/hostname (and topology.kubernetes.io/zone), or a pod anti-affinity",
		Sources: []string{spreadDoc}, Check: noSpread},
	{ID: "spread-selects-nothing", Severity: rule.Broken, Title: "A topology spread constraint does not count the pods that it is for",
		Why:     "The scheduler counts the pods that the selector chooses. If the workload's own are not among them, all its pods may stand on one node.",
		Advice:  "write the labels of the pod template into the constraint's labelSelector",
		Sources: []string{spreadDoc}, Check: spreadSelectsNothing},
	{ID: "bare-pod", Severity: rule.Risk, Title: "A Pod has no controller",
		Why:     "Nothing makes it again when its node fails or is drained; it is simply gone, and cannot be updated in place.",
		Advice:  "make it a Deployment, or a Job if it ends by itself",
		Sources: []string{docs + "concepts/configuration/overview/#naked-pods-vs-replicasets-deployments-and-jobs"}, Check: barePod},
}

func singleReplica(p *rule.Pass) {
	reached := outside(p)
	for _, w := range p.Workloads() {
		s, ok := known.ScaleOf(p.Graph, w)
		if !ok || s.Min != 1 || data(p, w) || side(w) || len(serving(p, w)) == 0 {
			continue
		}
		if known.Composed(w.Object) && !slices.ContainsFunc(p.ServicesOf(w), reached) {
			continue
		}
		switch {
		case s.Autoscaler == nil:
			p.Report(w.Object, "spec.replicas", "runs as a single pod")
		case s.Max > 1:
			p.Report(s.Autoscaler, "spec.minReplicas", "lets %s fall to a single pod", w.Title())
		}
	}
}

func noSpread(p *rule.Pass) {
	for _, w := range p.Workloads() {
		s, ok := known.ScaleOf(p.Graph, w)
		if !ok || s.Min < 2 || len(w.Pod.TopologySpreadConstraints) > 0 {
			continue
		}
		if a := w.Pod.Affinity; a != nil && a.PodAntiAffinity != nil {
			continue
		}
		p.Report(w.Object, w.Path+".topologySpreadConstraints", "has %d pods, which may all stand on one node", s.Min).Show(spread(w))
	}
}

// spread is a constraint that fits a workload's pods.
func spread(w *objects.Workload) string {
	var b strings.Builder
	b.WriteString("topologySpreadConstraints:\n- maxSkew: 1\n  topologyKey: kubernetes.io/hostname\n  whenUnsatisfiable: ScheduleAnyway\n  labelSelector:\n    matchLabels:")
	sel := objectSelector(w.Object)
	for _, k := range slices.Sorted(mapKeys(sel)) {
		fmt.Fprintf(&b, "\n      %s: %q", k, sel[k])
	}
	return b.String()
}

func spreadSelectsNothing(p *rule.Pass) {
	for _, w := range p.Workloads() {
		for i, c := range w.Pod.TopologySpreadConstraints {
			sel, err := metav1.LabelSelectorAsSelector(c.LabelSelector)
			if err != nil || c.LabelSelector == nil && len(c.MatchLabelKeys) > 0 || sel.Matches(labels.Set(w.Labels)) {
				continue
			}
			field := fmt.Sprintf("%s.topologySpreadConstraints[%d]", w.Path, i)
			if c.LabelSelector == nil {
				p.Report(w.Object, field, "spreads over %s without a selector, and so counts no pod", c.TopologyKey).Show(spread(w))
				continue
			}
			p.Report(w.Object, field+".labelSelector", "spreads over %s the pods with %s, which its own do not have", c.TopologyKey, sel).Show(spread(w))
		}
	}
}

func barePod(p *rule.Pass) {
	for _, w := range p.Workloads() {
		notes := w.Meta().GetAnnotations()
		if w.Kind() != "Pod" || len(w.Meta().GetOwnerReferences()) > 0 || notes["helm.sh/hook"] != "" || notes["kubernetes.io/config.mirror"] != "" {
			continue
		}
		if known.Runs(w) {
			p.Report(w.Object, "kind", "is a Pod that no controller makes again")
			continue
		}
		p.Report(w.Object, "kind", "is a Pod that no controller runs again if its node fails").Advise("make it a Job")
	}
}
