package security

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

func checkPlaintext(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		l := containerLeaks(p, c)
		if len(l.names) == 0 {
			return
		}
		f := p.Report(c.Workload.Object, l.fields[0], "container %s has credentials in the clear: %s", c.Name, l.list())
		if name := l.names[0]; strings.HasPrefix(l.fields[0], c.Path+".env[") {
			f.Show("- name: " + name + "\n  valueFrom:\n    secretKeyRef:\n      name: " + c.Workload.Name() + "\n      key: " + strings.ToLower(strings.ReplaceAll(name, "_", "-")) + "\n")
		}
	})
	for _, o := range p.OfKind("ConfigMap") {
		m, ok := o.Object.(*corev1.ConfigMap)
		if !ok || o.Given || fromEnvironment(o) {
			continue
		}
		l := configLeaks(m)
		if len(l.names) > 0 {
			p.Report(o, l.fields[0], "the ConfigMap has credentials in the clear: %s", l.list())
		}
	}
}

func containerLeaks(p *rule.Pass, c rule.Container) *leaks {
	l := &leaks{}
	for _, e := range c.Env {
		l.user(e.Name, e.Value)
	}
	for i, e := range c.Env {
		if e.Value == "" || sortOf(e.Name) == token && p.Find("Secret", c.Workload.Namespace(), e.Value) != nil {
			continue // the name of a Secret is none
		}
		l.variable(indexed(c.Path+".env", i)+".value", e.Name, e.Value)
	}
	command := slices.Concat(c.Command, c.Args)
	field := c.Path + ".args"
	if len(c.Args) == 0 {
		field = c.Path + ".command"
	}
	l.commandLine(field, command)
	for _, at := range []struct {
		name  string
		probe *corev1.Probe
	}{{"livenessProbe", c.LivenessProbe}, {"readinessProbe", c.ReadinessProbe}, {"startupProbe", c.StartupProbe}} {
		if at.probe != nil && at.probe.Exec != nil {
			l.commandLine(c.Path+"."+at.name+".exec.command", at.probe.Exec.Command)
		}
	}
	return l
}

func configLeaks(m *corev1.ConfigMap) *leaks {
	l := &leaks{}
	sorted := make([]string, 0, len(m.Data))
	for k, v := range m.Data {
		sorted = append(sorted, k)
		if !strings.Contains(v, "\n") {
			l.user(k, v)
		}
	}
	slices.Sort(sorted)
	for _, k := range sorted {
		field, v := keyed("data", k), m.Data[k]
		if strings.Contains(strings.TrimSpace(v), "\n") {
			l.text(field, k, v)
		} else {
			l.variable(field, k, v)
		}
	}
	return l
}

// fromEnvironment says that the object was made of a Compose service's environment, whose credentials went to a Secret.
func fromEnvironment(o *objects.Object) bool { return strings.HasSuffix(o.Origin.Path, ".environment") }
