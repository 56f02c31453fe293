package known

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Operators tells what objects of operators make beside themselves: a database's Secrets and Services, the Secret of a
// certificate, that of a sealed or external secret.
type Operators struct {
	names     map[string]map[string]bool
	templates map[string]bool
}

// templated are kinds of operators that have pod templates of their own.
var templated = map[string]bool{"Rollout": true, "DeploymentConfig": true, "CloneSet": true}

// plain are groups whose objects make none that others refer to.
var plain = []string{"traefik", "gateway.networking.k8s.io", "monitoring.coreos.com", "networking.istio.io", "security.istio.io", "cilium.io", "projectcalico.org"}

// OperatorsOf looks through an application once.
func OperatorsOf(g *objects.Graph) *Operators {
	out := &Operators{names: map[string]map[string]bool{}, templates: map[string]bool{}}
	for _, o := range g.Application().Objects {
		if content := o.Custom(); content != nil && makes(o.GVK().Group) {
			out.templates[o.Namespace()] = out.templates[o.Namespace()] || templated[o.Kind()]
			spec := Map(content, "spec")
			for _, n := range []string{o.Name(), Text(spec["secretName"]), Text(Map(spec, "target")["name"]), Text(Map(spec, "destination")["name"])} {
				out.add(o.Namespace(), n)
			}
		}
	}
	return out
}

func makes(group string) bool {
	for _, p := range plain {
		if strings.Contains(group, p) {
			return false
		}
	}
	return true
}

func (o *Operators) add(namespace, name string) {
	if o.names[namespace] == nil {
		o.names[namespace] = map[string]bool{}
	}
	o.names[namespace][name] = true
}

// Make says that an operator may make an object of that name: it is one of its own objects', with or without an ending,
// such as db-credentials or db-rw of a cluster db.
func (o *Operators) Make(namespace, name string) bool {
	here := o.names[namespace]
	if len(here) == 0 || name == "" {
		return false
	}
	for end := len(name); end > 0; end = strings.LastIndexAny(name[:end], "-.") {
		if here[name[:end]] {
			return true
		}
	}
	return false
}

// Pods says that an operator may make pods, of whatever labels, in a namespace.
func (o *Operators) Pods(namespace string) bool { return o.templates[namespace] }
