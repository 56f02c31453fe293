package rule

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Pass is one run of one rule over one application.
type Pass struct {
	*objects.Graph
	Findings []*Finding

	rule *Rule
}

// Run runs a rule over a graph.
func Run(r *Rule, g *objects.Graph) []*Finding {
	if r.Check == nil {
		return nil
	}
	p := &Pass{Graph: g, rule: r}
	r.Check(p)
	return p.Findings
}

// Report adds a finding about a field of an object, which the caller may add to. What is given from outside the files
// is not judged.
func (p *Pass) Report(o *objects.Object, field, format string, args ...any) *Finding {
	f := &Finding{Rule: p.rule, Message: fmt.Sprintf(format, args...), on: o, apiField: field}
	if !o.Given {
		p.Findings = append(p.Findings, f)
	}
	return f
}

// Container is one container with where it stands.
type Container struct {
	*corev1.Container
	Path     string // spec.template.spec.containers[0]
	Init     bool   // runs before the others, to its end
	Workload *objects.Workload
}

// Containers visits every container of every workload: init containers first, those that stay (sidecars) among them.
func (p *Pass) Containers(visit func(Container)) {
	for _, w := range p.Workloads() {
		if !w.Given {
			EachContainer(w, visit)
		}
	}
}

// EachContainer visits the containers of one workload.
func EachContainer(w *objects.Workload, visit func(Container)) {
	for i := range w.Pod.InitContainers {
		c := &w.Pod.InitContainers[i]
		stays := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		visit(Container{c, fmt.Sprintf("%s.initContainers[%d]", w.Path, i), !stays, w})
	}
	for i := range w.Pod.Containers {
		visit(Container{&w.Pod.Containers[i], fmt.Sprintf("%s.containers[%d]", w.Path, i), false, w})
	}
}
