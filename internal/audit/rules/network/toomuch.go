package network

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// selectsTooMuch finds Services that choose the pods of several workloads of which some do not open the port.
func selectsTooMuch(p *rule.Pass) {
	services(p, func(o *objects.Object, s *corev1.Service, chosen []*objects.Workload) {
		if len(chosen) < 2 || len(chosen) > enough {
			return
		}
		var right, wrong []*objects.Workload
		for _, w := range chosen {
			switch closed, sure := closes(w, s); {
			case !closed:
				right = append(right, w)
			case sure:
				wrong = append(wrong, w)
			}
		}
		if len(right) == 0 || len(wrong) == 0 {
			return
		}
		f := p.Report(o, "spec.selector", "%s chooses the pods of %s, which do not open %s, with those of %s, which do",
			labelsOf(s.Spec.Selector), names(wrong), targets(s), names(right))
		if len(right) != 1 || len(right)+len(wrong) != len(chosen) {
			return
		}
		if key := tells(right[0], wrong, s); key != "" {
			field := objects.JoinPath(objects.Step{Key: "spec", Index: -1}, objects.Step{Key: "selector", Index: -1}, objects.Step{Key: key, Index: -1})
			f.Set(field, right[0].Labels[key]).Advise(fmt.Sprintf("add %s: %s to the selector, which only %s has", key, right[0].Labels[key], name(right[0])))
		}
	})
}

// closes says that a workload does not open a port that the Service leads to; sure, if its containers name their ports.
func closes(w *objects.Workload, s *corev1.Service) (closed, sure bool) {
	for i := range s.Spec.Ports {
		target, ok := known.TargetPort(&s.Spec.Ports[i], w.Pod)
		if !ok {
			return true, true
		}
		open, silent := false, false
		for j := range w.Pod.Containers {
			c := &w.Pod.Containers[j]
			silent = silent || len(c.Ports) == 0
			open = open || slices.ContainsFunc(c.Ports, func(port corev1.ContainerPort) bool { return port.ContainerPort == target })
		}
		if !open {
			ends := w.Kind() == "Job" || w.Kind() == "CronJob"
			return true, ends || !silent && complete(w, target)
		}
	}
	return false, true
}

// tells finds the one label by which a workload differs from others: one that the Service carries itself, else the only
// one.
func tells(w *objects.Workload, others []*objects.Workload, s *corev1.Service) string {
	var hinted, all []string
	for k, v := range w.Labels {
		if _, used := s.Spec.Selector[k]; used || slices.ContainsFunc(others, func(o *objects.Workload) bool { return o.Labels[k] == v }) {
			continue
		}
		all = append(all, k)
		if s.Labels[k] == v {
			hinted = append(hinted, k)
		}
	}
	switch {
	case len(hinted) == 1:
		return hinted[0]
	case len(all) == 1:
		return all[0]
	}
	return ""
}

func targets(s *corev1.Service) string {
	var all []string
	for i := range s.Spec.Ports {
		if t := s.Spec.Ports[i].TargetPort; t.String() != "0" && t.String() != "" {
			all = append(all, t.String())
		} else {
			all = append(all, fmt.Sprint(s.Spec.Ports[i].Port))
		}
	}
	return strings.Join(all, ", ")
}

func labelsOf(m map[string]string) string {
	var all []string
	for k, v := range m {
		all = append(all, k+"="+v)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
