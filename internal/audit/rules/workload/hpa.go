package workload

import (
	"fmt"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const hpaDoc = docs + "tasks/run-application/horizontal-pod-autoscale/"

var autoscaling = []*rule.Rule{
	{ID: "hpa-target-missing", Severity: rule.Broken, Title: "An autoscaler scales something that is not there",
		Why:     "The autoscaler reports FailedGetScale in its status, which nobody reads, and under load nothing is added.",
		Advice:  "correct the kind and the name in scaleTargetRef; the target must be in the autoscaler's namespace",
		Sources: []string{hpaDoc}, Check: hpaTargetMissing},
	{ID: "hpa-target-version", Severity: rule.Broken, Title: "An autoscaler names its target by an API version that has no such kind", Fixes: true,
		Why:     "The autoscaler looks its target up under that version. A current API server does not serve it there, so the autoscaler never scales, without any error where one would look.",
		Advice:  "set scaleTargetRef.apiVersion to the version that serves the kind: apps/v1 for a Deployment",
		Sources: []string{docs + "reference/using-api/deprecation-guide/#deployment-v116", hpaDoc}, Check: hpaTargetVersion},
	{ID: "hpa-without-requests", Severity: rule.Broken, Title: "An autoscaler measures usage against requests that are not there",
		Why:     "Utilization is a percentage of the request. If one container of the pod has none, the metric is undefined for the pod and the autoscaler takes no action.",
		Advice:  "give every container of the pod, sidecars too, a request for that resource",
		Compose: "give the service deploy.resources.reservations for that resource",
		Sources: []string{hpaDoc + "#support-for-resource-metrics"}, Check: hpaWithoutRequests},
	{ID: "hpa-fights-replicas", Severity: rule.Broken, Title: "A workload with an autoscaler has a fixed number of replicas", Fixes: true,
		Why:     "Every apply puts the number back to the one in the file: in the middle of the day's peak, a release takes away the pods that the autoscaler had added.",
		Advice:  "remove spec.replicas. If the Deployment was applied with it before, first run kubectl apply edit-last-applied and take it out there, or it falls to 1 once",
		Sources: []string{hpaDoc + "#migrating-deployments-and-statefulsets-to-horizontal-autoscaling"}, Check: hpaFightsReplicas},
	{ID: "hpa-twice", Severity: rule.Broken, Title: "Two autoscalers scale the same workload",
		Why:    "Both report AmbiguousSelector and neither scales: the controller refuses pods that more than one autoscaler chooses.",
		Advice: "write all metrics into one autoscaler, which follows the one that asks for most", Sources: []string{hpaDoc, "https://github.com/kubernetes/kubernetes/pull/112011"}, Check: hpaTwice},
}

// scalable are the built-in kinds with a scale, with the version that serves them.
var scalable = map[string]string{"Deployment": "apps/v1", "StatefulSet": "apps/v1", "ReplicaSet": "apps/v1", "ReplicationController": "v1"}

// unscalable are the built-in kinds that make pods and cannot be scaled.
var unscalable = map[string]bool{"DaemonSet": true, "Job": true, "CronJob": true, "Pod": true, "Service": true}

func eachAutoscaler(p *rule.Pass, visit func(o *objects.Object, h *autoscalingv2.HorizontalPodAutoscaler)) {
	for _, o := range p.OfKind("HorizontalPodAutoscaler") {
		if h, ok := o.Object.(*autoscalingv2.HorizontalPodAutoscaler); ok {
			visit(o, h)
		}
	}
}

func targetOf(p *rule.Pass, o *objects.Object, h *autoscalingv2.HorizontalPodAutoscaler) *objects.Workload {
	t := p.Find(h.Spec.ScaleTargetRef.Kind, o.Namespace(), h.Spec.ScaleTargetRef.Name)
	if t == nil {
		return nil
	}
	return p.Workload(t)
}

func hpaTargetMissing(p *rule.Pass) {
	eachAutoscaler(p, func(o *objects.Object, h *autoscalingv2.HorizontalPodAutoscaler) {
		ref := h.Spec.ScaleTargetRef
		if unscalable[ref.Kind] {
			p.Report(o, "spec.scaleTargetRef.kind", "scales %s %s, and a %s has no scale", strings.ToLower(ref.Kind), ref.Name, ref.Kind)
			return
		}
		if scalable[ref.Kind] == "" || ref.Name == "" || len(p.Workloads()) == 0 || p.Find(ref.Kind, o.Namespace(), ref.Name) != nil {
			return
		}
		f := p.Report(o, "spec.scaleTargetRef.name", "scales %s %s, which is not in namespace %s", strings.ToLower(ref.Kind), ref.Name, o.Namespace())
		if other := known.Elsewhere(p.Graph, ref.Kind, o.Namespace(), ref.Name); other != nil {
			f.Advise(fmt.Sprintf("%s is in another namespace; an autoscaler scales in its own only: give both the same", other.Title()))
			return
		}
		for _, kind := range []string{"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"} {
			if other := p.Find(kind, o.Namespace(), ref.Name); other != nil {
				f.Advise(fmt.Sprintf("that name belongs to %s: set scaleTargetRef.kind to %s", other.Title(), kind))
				return
			}
		}
		if near := known.Nearest(p.Graph, ref.Kind, o.Namespace(), ref.Name); near != nil {
			f.Advise(fmt.Sprintf("is %s meant? Correct scaleTargetRef.name", near.Title()))
		}
	})
}

func hpaTargetVersion(p *rule.Pass) {
	eachAutoscaler(p, func(o *objects.Object, h *autoscalingv2.HorizontalPodAutoscaler) {
		ref := h.Spec.ScaleTargetRef
		right := scalable[ref.Kind]
		if right == "" || ref.APIVersion == right || ref.APIVersion == "" || right != "v1" && !strings.Contains(ref.APIVersion, "/") {
			return // without a group the API server refuses it
		}
		p.Report(o, "spec.scaleTargetRef.apiVersion", "names its target as %s of %s, which no current API server serves: it is %s", ref.Kind, ref.APIVersion, right).
			Set("spec.scaleTargetRef.apiVersion", right)
	})
}

func hpaWithoutRequests(p *rule.Pass) {
	eachAutoscaler(p, func(o *objects.Object, h *autoscalingv2.HorizontalPodAutoscaler) {
		w := targetOf(p, o, h)
		if w == nil || len(w.Pod.Containers) == 0 {
			return
		}
		for _, m := range measured(h) {
			without := lacking(p, w, m)
			if len(without) == 0 {
				continue
			}
			p.Report(o, m.field, "scales on the %s used of what is requested, and %s of %s requests none", m.resource, listed("container", without), w.Title()).
				Show(fmt.Sprintf("# %s, container %s\nresources:\n  requests:\n    %s: %s", w.Title(), without[0], m.resource, some[m.resource]))
		}
	})
}

// some is how much one might request, to show the form.
var some = map[corev1.ResourceName]string{corev1.ResourceCPU: "100m", corev1.ResourceMemory: "128Mi"}

// measure is a metric that is a percentage of requests.
type measure struct {
	resource  corev1.ResourceName
	container string // empty: all of the pod
	field     string
}

// measured lists an autoscaler's metrics that need requests. Without any metric, Kubernetes takes 80 % of the CPU.
func measured(h *autoscalingv2.HorizontalPodAutoscaler) []measure {
	if len(h.Spec.Metrics) == 0 {
		return []measure{{resource: corev1.ResourceCPU, field: "spec"}}
	}
	var all []measure
	for i, m := range h.Spec.Metrics {
		at := fmt.Sprintf("spec.metrics[%d].", i)
		if r := m.Resource; r != nil && r.Target.AverageUtilization != nil {
			all = append(all, measure{r.Name, "", at + "resource"})
		}
		if r := m.ContainerResource; r != nil && r.Target.AverageUtilization != nil {
			all = append(all, measure{r.Name, r.Container, at + "containerResource"})
		}
	}
	return all
}

// lacking lists the containers that have no request for what an autoscaler measures.
func lacking(p *rule.Pass, w *objects.Workload, m measure) []string {
	if podRequests(w.Pod, m.resource) || defaulted(p, w.Namespace())[m.resource] {
		return nil
	}
	var without []string
	rule.EachContainer(w, func(c rule.Container) {
		if !c.Init && (m.container == "" || m.container == c.Name) && !requests(c.Container, m.resource) {
			without = append(without, c.Name)
		}
	})
	return without
}

func hpaFightsReplicas(p *rule.Pass) {
	for _, w := range p.Workloads() {
		s, ok := known.ScaleOf(p.Graph, w)
		if !ok || s.Autoscaler == nil || !s.Written || s.Min == 0 {
			continue
		}
		if known.Composed(w.Object) {
			continue // the compiler leaves it out where it matters
		}
		p.Report(w.Object, "spec.replicas", "has a fixed number of replicas, and %s scales it between %d and %d", s.Autoscaler.Title(), s.Min, s.Max).
			Remove("spec.replicas")
	}
}

func hpaTwice(p *rule.Pass) {
	first := map[*objects.Workload]*objects.Object{}
	eachAutoscaler(p, func(o *objects.Object, h *autoscalingv2.HorizontalPodAutoscaler) {
		w := targetOf(p, o, h)
		if w == nil {
			return
		}
		if other := first[w]; other != nil && other.Name() != o.Name() {
			p.Report(o, "spec.scaleTargetRef", "scales %s, which %s scales too", w.Title(), other.Title())
			return
		}
		first[w] = o
	})
}

// listed is "container a", or "containers a and b".
func listed(noun string, names []string) string {
	switch n := len(names); {
	case n == 1:
		return noun + " " + names[0]
	case n > 4:
		return fmt.Sprintf("%ss %s and %d more", noun, strings.Join(names[:3], ", "), n-3)
	default:
		return noun + "s " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

func autoscalerOf(o *objects.Object) *autoscalingv2.HorizontalPodAutoscaler {
	h, ok := o.Object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		return &autoscalingv2.HorizontalPodAutoscaler{}
	}
	return h
}
