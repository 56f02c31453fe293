package workload

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// metricsOnly tells a container that answers nobody but the monitoring.
func metricsOnly(c *corev1.Container) bool {
	if exporting(c) {
		return true
	}
	for _, port := range c.Ports {
		if !strings.Contains(port.Name, "metrics") && !strings.Contains(port.Name, "prom") {
			return false
		}
	}
	return len(c.Ports) > 0
}

// serving lists the containers of a workload that others connect to: those with ports, or the only one of a pod that a
// Service chooses. None of what ends by itself.
func serving(p *rule.Pass, w *objects.Workload) []rule.Container {
	if !known.Runs(w) {
		return nil
	}
	chosen := len(p.ServicesOf(w)) > 0
	if w.Kind() == "DaemonSet" && !chosen {
		return nil // an agent of the node
	}
	var all []rule.Container
	rule.EachContainer(w, func(c rule.Container) {
		if !c.Init && strings.Contains(c.Path, ".containers[") && !metricsOnly(c.Container) &&
			(len(c.Ports) > 0 || chosen && len(w.Pod.Containers) == 1 && !known.Composed(w.Object)) {
			all = append(all, c)
		}
	})
	return all
}

// data tells a workload that keeps data: a database, or a claim that only one node can use. More pods of it are a
// matter of replication, not of a number.
func data(p *rule.Pass, w *objects.Workload) bool {
	if _, db := known.Database(w.Pod); db != nil || w.Kind() == "StatefulSet" {
		return true
	}
	for _, c := range known.Claims(p.Graph, w) {
		if c.Template || known.OnOneNode(p.Graph, c.Spec) {
			return true
		}
	}
	for i := range w.Pod.Volumes {
		if c := w.Pod.Volumes[i].PersistentVolumeClaim; c != nil && !c.ReadOnly && p.Find("PersistentVolumeClaim", w.Namespace(), c.ClaimName) == nil {
			return true // what it is, only the cluster knows
		}
	}
	return false
}

// side tells a workload that serves people who run the application, not those who use it.
func side(w *objects.Workload) bool {
	for i := range w.Pod.Containers {
		if prog := known.Of(w.Pod.Containers[i].Image); prog != nil && prog.Admin || metricsOnly(&w.Pod.Containers[i]) {
			return true
		}
	}
	return w.Namespace() == "kube-system"
}

// outside finds, for a whole application, which Services people reach from outside.
func outside(p *rule.Pass) func(service *objects.Object) bool {
	routed := map[string]bool{}
	for _, r := range known.Routes(p.Graph) {
		routed[r.Namespace+"/"+r.Service] = true
	}
	return func(s *objects.Object) bool {
		v, ok := s.Object.(*corev1.Service)
		return ok && (v.Spec.Type == corev1.ServiceTypeLoadBalancer || v.Spec.Type == corev1.ServiceTypeNodePort) || routed[s.Namespace()+"/"+s.Name()]
	}
}
