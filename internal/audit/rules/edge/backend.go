package edge

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// serviceMissing finds routes to Services that are not there: one finding for each object and Service.
func serviceMissing(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	told := map[string]bool{}
	for _, r := range known.Routes(p.Graph) {
		id := r.Object.Title() + r.Object.Origin.String() + " " + r.Namespace + "/" + r.Service
		if told[id] || p.Find("Service", r.Namespace, r.Service) != nil || made.Make(r.Namespace, r.Service) || !here(p, r) {
			continue
		}
		told[id] = true
		near := ""
		if o := known.Elsewhere(p.Graph, "Service", r.Namespace, r.Service); o != nil {
			near = fmt.Sprintf("; there is one of that name in namespace %s, which a route of %s does not reach", o.Namespace(), r.Object.Namespace())
		} else if o := known.Nearest(p.Graph, "Service", r.Namespace, r.Service); o != nil {
			near = "; there is Service " + o.Name()
		}
		p.Report(r.Object, r.Backend, "sends to Service %s, and there is none in namespace %s%s", r.Service, r.Namespace, near)
	}
}

// here says that the files tell of the namespace that a route sends to.
func here(p *rule.Pass, r known.Route) bool {
	if r.Namespace == r.Object.Namespace() {
		return true
	}
	_, described := p.Namespaces()[r.Namespace]
	return described && !strings.HasPrefix(r.Namespace, "kube-")
}

// portMissing finds routes to ports that the Service does not have.
func portMissing(p *rule.Pass) {
	told := map[string]bool{}
	for _, r := range known.Routes(p.Graph) {
		o := p.Find("Service", r.Namespace, r.Service)
		if o == nil || r.PortNumber == 0 && r.PortName == "" || r.ServicePort(o) != nil {
			continue
		}
		s, ok := o.Object.(*corev1.Service)
		if !ok || s.Spec.Type == corev1.ServiceTypeExternalName || len(s.Spec.Ports) == 0 {
			continue
		}
		wanted := r.PortName
		if wanted == "" {
			wanted = fmt.Sprint(r.PortNumber)
		}
		id := r.Object.Title() + r.Object.Origin.String() + r.Service + wanted
		if told[id] {
			continue
		}
		told[id] = true
		p.Report(r.Object, r.PortField, "sends to port %s of Service %s, which has %s", wanted, r.Service, portsOf(s))
	}
}

func portsOf(s *corev1.Service) string {
	var all []string
	for i := range s.Spec.Ports {
		text := fmt.Sprint(s.Spec.Ports[i].Port)
		if n := s.Spec.Ports[i].Name; n != "" {
			text += " (" + n + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// wareMissing finds routes of Traefik's through middlewares that are not there: one finding for each object and name.
func wareMissing(p *rule.Pass) {
	told := map[string]bool{}
	for _, r := range known.Routes(p.Graph) {
		for _, m := range r.Middlewares {
			name, provider, foreign := strings.Cut(m.Name, "@")
			ns := m.Namespace
			switch {
			case name == "" || foreign && provider != "kubernetescrd":
				continue
			case foreign: // NAMESPACE-NAME@kubernetescrd
				if ns, name = split(p, name); name == "" {
					continue
				}
			}
			id := r.Object.Title() + r.Object.Origin.String() + ns + "/" + name
			if told[id] || middleware(p, ns, name) != nil {
				continue
			}
			if _, described := p.Namespaces()[ns]; ns != r.Object.Namespace() && !described {
				continue
			}
			told[id] = true
			near := ""
			if o := known.Elsewhere(p.Graph, "Middleware", ns, name); o != nil {
				near = "; there is one of that name in namespace " + o.Namespace()
			} else if o := known.Nearest(p.Graph, "Middleware", ns, name); o != nil {
				near = "; there is Middleware " + o.Name()
			}
			p.Report(r.Object, m.Field, "goes through middleware %s, and there is none in namespace %s%s", name, ns, near)
		}
	}
}

func middleware(p *rule.Pass, namespace, name string) *objects.Object {
	if o := p.Find("Middleware", namespace, name); o != nil {
		return o
	}
	return p.Find("MiddlewareTCP", namespace, name)
}

// split takes a name of Traefik's for an object of Kubernetes apart, if one of the namespaces here begins it.
func split(p *rule.Pass, text string) (namespace, name string) {
	for i := range len(text) {
		if text[i] == '-' {
			if _, ok := p.Namespaces()[text[:i]]; ok {
				return text[:i], text[i+1:]
			}
		}
	}
	return "", ""
}
