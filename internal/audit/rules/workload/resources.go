package workload

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

var limits = []*rule.Rule{
	{ID: "no-requests", Severity: rule.Risk, Title: "A container has no requests or no memory limit",
		Why: "Without requests the scheduler packs pods onto nodes as if they used nothing, and these are the first to be evicted; " +
			"without a memory limit one leak takes the neighbours on its node with it.",
		Advice:  "request the CPU and memory that it uses on an ordinary day, and limit its memory to what it may ever need",
		Compose: "give the service deploy.resources: limits.memory, and reservations.cpus and reservations.memory",
		Sources: []string{docs + "concepts/configuration/manage-resources-containers/", docs + "concepts/scheduling-eviction/node-pressure-eviction/"}, Check: noRequests},
}

// requests tells whether a container requests a resource. A limit without a request is one.
func requests(c *corev1.Container, name corev1.ResourceName) bool {
	_, request := c.Resources.Requests[name]
	_, limit := c.Resources.Limits[name]
	return request || limit
}

// podRequests tells whether the pod as a whole requests a resource.
func podRequests(spec *corev1.PodSpec, name corev1.ResourceName) bool {
	if spec.Resources == nil {
		return false
	}
	_, request := spec.Resources.Requests[name]
	_, limit := spec.Resources.Limits[name]
	return request || limit
}

// defaulted are the resources for which a LimitRange of the namespace gives containers a request.
func defaulted(p *rule.Pass, namespace string) map[corev1.ResourceName]bool {
	return ranges(p, namespace, func(i *corev1.LimitRangeItem) []corev1.ResourceList {
		return []corev1.ResourceList{i.DefaultRequest, i.Default, i.Max}
	})
}

// limited are those for which it gives them a limit.
func limited(p *rule.Pass, namespace string) map[corev1.ResourceName]bool {
	return ranges(p, namespace, func(i *corev1.LimitRangeItem) []corev1.ResourceList { return []corev1.ResourceList{i.Default, i.Max} })
}

func ranges(p *rule.Pass, namespace string, of func(*corev1.LimitRangeItem) []corev1.ResourceList) map[corev1.ResourceName]bool {
	var found map[corev1.ResourceName]bool
	for i, o := range p.OfKind("LimitRange") {
		l, ok := o.Object.(*corev1.LimitRange)
		if i > 1000 || !ok || o.Namespace() != namespace {
			continue
		}
		for i := range l.Spec.Limits {
			if l.Spec.Limits[i].Type != corev1.LimitTypeContainer {
				continue
			}
			for _, list := range of(&l.Spec.Limits[i]) {
				for name := range list {
					if found == nil {
						found = map[corev1.ResourceName]bool{}
					}
					found[name] = true
				}
			}
		}
	}
	return found
}

func noRequests(p *rule.Pass) {
	type places struct{ request, limit map[corev1.ResourceName]bool }
	seen := map[string]places{}
	p.Containers(func(c rule.Container) {
		if c.Init {
			return
		}
		ns := c.Workload.Namespace()
		d, ok := seen[ns]
		if !ok {
			d = places{defaulted(p, ns), limited(p, ns)}
			seen[ns] = d
		}
		told := measuredOf(p, c.Workload)
		var missing []string
		for _, r := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if !requests(c.Container, r) && !podRequests(c.Workload.Pod, r) && !d.request[r] && !told[r] {
				missing = append(missing, fmt.Sprintf("no %s request", shown[r]))
			}
		}
		_, ofPod := podLimits(c.Workload.Pod)[corev1.ResourceMemory]
		if _, ok := c.Resources.Limits[corev1.ResourceMemory]; !ok && !ofPod && !d.limit[corev1.ResourceMemory] {
			missing = append(missing, "no memory limit")
		}
		if missing == nil {
			return
		}
		f := p.Report(c.Workload.Object, c.Path+".resources", "container %s has %s", c.Name, joined(missing))
		if !known.Composed(c.Workload.Object) {
			f.Show("resources:\n  requests:\n    cpu: 100m\n    memory: 128Mi\n  limits:\n    memory: 256Mi")
		}
	})
}

var shown = map[corev1.ResourceName]string{corev1.ResourceCPU: "CPU", corev1.ResourceMemory: "memory"}

func podLimits(spec *corev1.PodSpec) corev1.ResourceList {
	if spec.Resources == nil {
		return nil
	}
	return spec.Resources.Limits
}

// measuredOf are the resources whose lack hpa-without-requests reports already.
func measuredOf(p *rule.Pass, w *objects.Workload) map[corev1.ResourceName]bool {
	s, ok := known.ScaleOf(p.Graph, w)
	if !ok || s.Autoscaler == nil {
		return nil
	}
	told := map[corev1.ResourceName]bool{}
	for _, m := range measured(autoscalerOf(s.Autoscaler)) {
		if m.container == "" {
			told[m.resource] = true
		}
	}
	return told
}

// joined is "a, b and c".
func joined(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
