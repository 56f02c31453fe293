package network

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// services visits the Services that choose pods, with those that they choose.
func services(p *rule.Pass, visit func(o *objects.Object, s *corev1.Service, chosen []*objects.Workload)) {
	for _, o := range p.OfKind("Service") {
		s, ok := o.Object.(*corev1.Service)
		if !ok || o.Given || len(s.Spec.Selector) == 0 || s.Spec.Type == corev1.ServiceTypeExternalName {
			continue
		}
		var chosen []*objects.Workload
		for _, r := range p.From(o) {
			if w := (*objects.Workload)(nil); r.Selector && r.To != nil {
				if w = p.Workload(r.To); w != nil {
					chosen = append(chosen, w)
				}
			}
		}
		visit(o, s, chosen)
	}
}

func selectsNothing(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	services(p, func(o *objects.Object, s *corev1.Service, chosen []*objects.Workload) {
		sel := &metav1.LabelSelector{MatchLabels: s.Spec.Selector}
		if len(chosen) > 0 || byOperator(made, o.Namespace(), sel) {
			return
		}
		p.Report(o, "spec.selector", "selects no pods: no pod template in namespace %s has %s%s", o.Namespace(), said(sel), near(p, o.Namespace(), sel))
	})
}

// portNotOpened compares the ports that a Service leads to with those that containers open. A Service that selects
// nothing is compared with all containers of its namespace.
func portNotOpened(p *rule.Pass) {
	services(p, func(o *objects.Object, s *corev1.Service, chosen []*objects.Workload) {
		all := chosen
		if len(chosen) == 0 {
			if all = p.InNamespace(o.Namespace()); len(all) == 0 || len(all) > enough {
				return
			}
		}
		for i := range s.Spec.Ports {
			port := &s.Spec.Ports[i]
			field := fmt.Sprintf("spec.ports[%d].targetPort", i)
			if port.TargetPort.Type == intstr.String && port.TargetPort.StrVal != "" {
				named(p, o, port, field, chosen)
			} else {
				numbered(p, o, port, field, all, len(chosen) > 0)
			}
		}
	})
}

// named reports a port name that no chosen pod has.
func named(p *rule.Pass, o *objects.Object, port *corev1.ServicePort, field string, chosen []*objects.Workload) {
	var has []string
	for _, w := range chosen {
		if _, ok := known.PortNamed(w.Pod, port.TargetPort.StrVal); ok {
			return
		}
		has = append(has, portsOf(w)...)
	}
	if len(chosen) == 0 {
		return
	}
	p.Report(o, field, "port %d leads to a port named %s, which no container of %s has; %s", port.Port, port.TargetPort.StrVal, names(chosen), opened(has))
}

// numbered reports a port number that no container opens, if all containers say what they open.
func numbered(p *rule.Pass, o *objects.Object, port *corev1.ServicePort, field string, all []*objects.Workload, chosen bool) {
	target := port.TargetPort.IntVal
	if target == 0 {
		target = port.Port
	}
	var has []string
	for _, w := range all {
		if !complete(w, target) {
			return
		}
		has = append(has, portsOf(w)...)
	}
	if len(has) == 0 {
		return
	}
	slices.Sort(has)
	who := "container of " + names(all)
	if !chosen {
		who = "container in namespace " + o.Namespace()
	}
	p.Report(o, field, "port %d leads to port %d, which no %s opens; %s", port.Port, target, who, opened(slices.Compact(has)))
}

// complete says that a workload's containers all name their ports, that this is none of them, and that nothing they are
// told names it either.
func complete(w *objects.Workload, target int32) bool {
	text := fmt.Sprint(target)
	all := true
	for i := range w.Pod.Containers {
		c := &w.Pod.Containers[i]
		all = all && len(c.Ports) > 0
		for _, port := range c.Ports {
			all = all && port.ContainerPort != target
		}
		for _, e := range c.Env {
			all = all && (leadsAway(c, e) || !strings.Contains(elsewhere.ReplaceAllString(e.Value, ""), text))
		}
		for _, word := range append(append([]string{}, c.Command...), c.Args...) {
			all = all && !strings.Contains(word, text)
		}
	}
	for i := range w.Pod.InitContainers {
		for _, port := range w.Pod.InitContainers[i].Ports {
			all = all && port.ContainerPort != target
		}
	}
	return all
}

// elsewhere is a port of another host: jdbc:postgresql://database:5432/shop.
var elsewhere = regexp.MustCompile(`[A-Za-z][A-Za-z0-9.-]*:[0-9]+`)

// leadsAway tells a variable with the port of another host, which a sibling names: DB_PORT beside DB_HOST.
func leadsAway(c *corev1.Container, e corev1.EnvVar) bool {
	prefix, ok := strings.CutSuffix(e.Name, "PORT")
	return ok && slices.ContainsFunc(c.Env, func(o corev1.EnvVar) bool { return o.Name == prefix+"HOST" })
}

func portsOf(w *objects.Workload) []string {
	var all []string
	objects.EachContainer(w.Pod, "", func(c *corev1.Container, _ string) {
		for _, port := range c.Ports {
			if port.Name != "" {
				all = append(all, fmt.Sprintf("%d (%s)", port.ContainerPort, port.Name))
			} else {
				all = append(all, fmt.Sprint(port.ContainerPort))
			}
		}
	})
	return all
}

func opened(ports []string) string {
	const most = 6
	switch {
	case len(ports) == 0:
		return "they name none"
	case len(ports) > most:
		return "opened are " + strings.Join(ports[:most], ", ") + " and others"
	}
	return "opened is " + strings.Join(ports, ", ")
}

func names(all []*objects.Workload) string {
	const most = 3
	var text []string
	for i, w := range all {
		if i == most {
			text = append(text, fmt.Sprintf("%d others", len(all)-most))
			break
		}
		text = append(text, name(w))
	}
	return strings.Join(text, ", ")
}
