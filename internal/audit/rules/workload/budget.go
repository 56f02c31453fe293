package workload

import (
	"fmt"
	"slices"
	"strings"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const budgetDoc = docs + "tasks/run-application/configure-pdb/"

var budgets = []*rule.Rule{
	{ID: "no-budget", Severity: rule.Risk, Title: "A workload of several pods has no PodDisruptionBudget",
		Why:    "An upgrade of the cluster drains nodes one after the other and may evict all pods at once, before new ones are ready.",
		Advice: "add a PodDisruptionBudget with maxUnavailable: 1", Sources: []string{budgetDoc}, Check: noBudget},
	{ID: "budget-blocks-drain", Severity: rule.Broken, Title: "A PodDisruptionBudget never allows an eviction",
		Why:    "No node with such a pod can be drained: an upgrade of the cluster hangs until somebody deletes the budget, or the provider kills the node regardless.",
		Advice: "write maxUnavailable: 1, and run at least two pods", Sources: []string{budgetDoc + "#arbitrary-controllers-and-selectors", docs + "tasks/administer-cluster/safely-drain-node/"}, Check: budgetBlocksDrain},
	{ID: "budget-selects-nothing", Severity: rule.Broken, Title: "A PodDisruptionBudget chooses no pods",
		Why:    "It protects nothing, and the pods it is for may all be evicted at once.",
		Advice: "write the labels of the pod template into its selector", Sources: []string{budgetDoc}, Check: budgetSelectsNothing},
}

func noBudget(p *rule.Pass) {
	for _, w := range p.Workloads() {
		s, ok := known.ScaleOf(p.Graph, w)
		if !ok || s.Min < 2 {
			continue
		}
		budget := func(r objects.Reference) bool { return r.Selector && r.From.Kind() == "PodDisruptionBudget" }
		if slices.ContainsFunc(p.To(w.Object), budget) {
			continue
		}
		p.Report(w.Object, "spec.replicas", "has %d pods and no PodDisruptionBudget", s.Min).Show(aBudget(w))
	}
}

func aBudget(w *objects.Workload) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: %s\n  namespace: %s\nspec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:", w.Name(), w.Namespace())
	sel := objectSelector(w.Object)
	for _, k := range slices.Sorted(mapKeys(sel)) {
		fmt.Fprintf(&b, "\n      %s: %q", k, sel[k])
	}
	return b.String()
}

func eachBudget(p *rule.Pass, visit func(o *objects.Object, s *policyv1.PodDisruptionBudgetSpec, chosen []*objects.Workload)) {
	for _, o := range p.OfKind("PodDisruptionBudget") {
		b, ok := o.Object.(*policyv1.PodDisruptionBudget)
		if !ok {
			continue
		}
		var chosen []*objects.Workload
		for _, r := range p.From(o) {
			if r.Selector && r.To != nil {
				if w := p.Workload(r.To); w != nil {
					chosen = append(chosen, w)
				}
			}
		}
		visit(o, &b.Spec, chosen)
	}
}

func budgetBlocksDrain(p *rule.Pass) {
	eachBudget(p, func(o *objects.Object, s *policyv1.PodDisruptionBudgetSpec, chosen []*objects.Workload) {
		pods, scaled := 0, ""
		for _, w := range chosen {
			n, ok := known.ScaleOf(p.Graph, w)
			if !ok && known.Runs(w) {
				return // bare pods and those of a DaemonSet are counted otherwise
			}
			pods += n.Min
			if n.Autoscaler != nil && n.Min != n.Max {
				scaled = " when it is scaled down"
			}
		}
		if pods == 0 {
			return
		}
		if m := s.MaxUnavailable; m != nil && zero(m) {
			p.Report(o, "spec.maxUnavailable", "allows none of its %s to be evicted", counted(pods)).Show("spec:\n  maxUnavailable: 1")
		}
		if m := s.MinAvailable; m != nil {
			if n, err := intstr.GetScaledValueFromIntOrPercent(m, pods, true); err == nil && n >= pods {
				p.Report(o, "spec.minAvailable", "keeps %s available of %s%s, so that none can be evicted", m.String(), counted(pods), scaled).Show("spec:\n  maxUnavailable: 1")
			}
		}
	})
}

func counted(pods int) string {
	if pods == 1 {
		return "1 pod"
	}
	return fmt.Sprintf("%d pods", pods)
}

func zero(v *intstr.IntOrString) bool {
	n, err := intstr.GetScaledValueFromIntOrPercent(v, 100, true)
	return err == nil && n == 0
}

func budgetSelectsNothing(p *rule.Pass) {
	operated := operated(p)
	eachBudget(p, func(o *objects.Object, s *policyv1.PodDisruptionBudgetSpec, chosen []*objects.Workload) {
		if len(chosen) > 0 || len(p.InNamespace(o.Namespace())) == 0 && len(p.Workloads()) == 0 {
			return
		}
		if operated[o.Namespace()] {
			return
		}
		if s.Selector == nil {
			p.Report(o, "spec", "has no selector, and so chooses no pods")
			return
		}
		p.Report(o, "spec.selector", "chooses no pods: no pod template in namespace %s has %s", o.Namespace(), metav1.FormatLabelSelector(s.Selector))
	})
}

// podless are ends of API groups whose objects make no pods.
var podless = []string{"traefik.io", "traefik.containo.us", "cert-manager.io", "gateway.networking.k8s.io", "networking.istio.io", "security.istio.io",
	"external-secrets.io", "bitnami.com", "snapshot.storage.k8s.io", "keda.sh", "kyverno.io", "apiextensions.k8s.io", "projectcontour.io", "cilium.io",
	"projectcalico.org", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io", "autoscaling.k8s.io"}

// operated are the namespaces with objects of which an operator may make pods that nobody sees here.
func operated(p *rule.Pass) map[string]bool {
	found := map[string]bool{}
	for _, o := range p.Application().Objects {
		if o.Custom() == nil {
			continue
		}
		group := o.GVK().Group
		if !slices.ContainsFunc(podless, func(end string) bool { return strings.HasSuffix(group, end) }) &&
			(group != "monitoring.coreos.com" || o.Kind() == "Prometheus" || o.Kind() == "Alertmanager") {
			found[o.Namespace()] = true
		}
	}
	return found
}
