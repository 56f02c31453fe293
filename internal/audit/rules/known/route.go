package known

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Route is one way from outside to a Service: a path of an Ingress, a rule of Traefik's IngressRoute, or one of an
// HTTPRoute.
type Route struct {
	Object      *objects.Object
	Field       string // of the rule or path
	Backend     string // field that names the Service
	Hosts       []string
	Namespace   string // of the Service
	Service     string
	PortNumber  int32 // 0 if none is given
	PortName    string
	PortField   string
	Middlewares []Name
}

// Name is an object of a namespace, with the field that names it.
type Name struct{ Namespace, Name, Field string }

// routeKinds are the kinds that routes are written in.
var routeKinds = []string{"Ingress", "IngressRoute", "IngressRouteTCP", "HTTPRoute"}

// Routes lists all ways from outside to Services.
func Routes(g *objects.Graph) []Route {
	var all []Route
	for _, kind := range routeKinds {
		for _, o := range g.OfKind(kind) {
			all = append(all, RoutesOf(o)...)
		}
	}
	return all
}

// RoutesOf lists the routes of one object.
func RoutesOf(o *objects.Object) []Route {
	if i, ok := o.Object.(*networkingv1.Ingress); ok {
		return ingressRoutes(o, i)
	}
	switch o.Kind() {
	case "IngressRoute", "IngressRouteTCP":
		return traefikRoutes(o)
	case "HTTPRoute":
		return gatewayRoutes(o)
	}
	return nil
}

func ingressRoutes(o *objects.Object, v *networkingv1.Ingress) []Route {
	var all []Route
	add := func(field, host string, b *networkingv1.IngressBackend, backend string) {
		if b == nil || b.Service == nil || b.Service.Name == "" {
			return
		}
		r := Route{Object: o, Field: field, Backend: backend + ".service", Namespace: o.Namespace(), Service: b.Service.Name,
			PortNumber: b.Service.Port.Number, PortName: b.Service.Port.Name, PortField: backend + ".service.port"}
		if host != "" {
			r.Hosts = []string{host}
		}
		all = append(all, r)
	}
	add("spec.defaultBackend", "", v.Spec.DefaultBackend, "spec.defaultBackend")
	for i := range v.Spec.Rules {
		if v.Spec.Rules[i].HTTP == nil {
			continue
		}
		for j := range v.Spec.Rules[i].HTTP.Paths {
			at := fmt.Sprintf("spec.rules[%d].http.paths[%d]", i, j)
			add(at, v.Spec.Rules[i].Host, &v.Spec.Rules[i].HTTP.Paths[j].Backend, at+".backend")
		}
	}
	return all
}

var (
	hostCall = regexp.MustCompile(`(?:Host|HostSNI|HostHeader)\(([^)]*)\)`)
	quoted   = regexp.MustCompile("[`\"']([^`\"']+)[`\"']")
)

// MatchHosts lists the hosts that a rule of Traefik's names, in version 2 (with commas) and 3.
func MatchHosts(match string) []string {
	var hosts []string
	for _, call := range hostCall.FindAllStringSubmatch(match, -1) {
		for _, m := range quoted.FindAllStringSubmatch(call[1], -1) {
			if h := strings.ToLower(strings.TrimSpace(m[1])); h != "*" && !slices.Contains(hosts, h) {
				hosts = append(hosts, h)
			}
		}
	}
	return hosts
}

func traefikRoutes(o *objects.Object) []Route {
	var all []Route
	spec := Map(o.Custom(), "spec")
	for i, route := range Maps(spec["routes"]) {
		at := fmt.Sprintf("spec.routes[%d]", i)
		hosts := MatchHosts(Text(route["match"]))
		var wares []Name
		for j, m := range Maps(route["middlewares"]) {
			wares = append(wares, Name{or(Text(m["namespace"]), o.Namespace()), Text(m["name"]), fmt.Sprintf("%s.middlewares[%d]", at, j)})
		}
		for j, s := range Maps(route["services"]) {
			if kind := Text(s["kind"]); kind != "" && kind != "Service" || Text(s["name"]) == "" || strings.Contains(Text(s["name"]), "@") {
				continue
			}
			field := fmt.Sprintf("%s.services[%d]", at, j)
			r := Route{Object: o, Field: at, Backend: field + ".name", Hosts: hosts, Namespace: or(Text(s["namespace"]), o.Namespace()),
				Service: Text(s["name"]), PortField: field + ".port", Middlewares: wares}
			r.PortNumber, r.PortName = port(s["port"])
			all = append(all, r)
		}
	}
	return all
}

func gatewayRoutes(o *objects.Object) []Route {
	var all []Route
	spec := Map(o.Custom(), "spec")
	var hosts []string
	if list, ok := spec["hostnames"].([]any); ok {
		for _, h := range list {
			if s, ok := h.(string); ok {
				hosts = append(hosts, strings.ToLower(s))
			}
		}
	}
	for i, rule := range Maps(spec["rules"]) {
		for j, b := range Maps(rule["backendRefs"]) {
			if kind := Text(b["kind"]); kind != "" && kind != "Service" || Text(b["name"]) == "" {
				continue
			}
			at := fmt.Sprintf("spec.rules[%d]", i)
			field := fmt.Sprintf("%s.backendRefs[%d]", at, j)
			r := Route{Object: o, Field: at, Backend: field + ".name", Hosts: hosts, Namespace: or(Text(b["namespace"]), o.Namespace()),
				Service: Text(b["name"]), PortField: field + ".port"}
			r.PortNumber, r.PortName = port(b["port"])
			all = append(all, r)
		}
	}
	return all
}

// port reads a port that may be a number or a name.
func port(v any) (int32, string) {
	switch n := v.(type) {
	case int64:
		return int32(n), ""
	case float64:
		return int32(n), ""
	case int:
		return int32(n), ""
	case string:
		var number int32
		if _, err := fmt.Sscanf(n, "%d", &number); err == nil && fmt.Sprint(number) == n {
			return number, ""
		}
		return 0, n
	}
	return 0, ""
}

// ServicePort finds the port of a Service that a route leads to, nil if the Service has no such port. A route that names
// none leads to the only one.
func (r *Route) ServicePort(o *objects.Object) *corev1.ServicePort {
	s, ok := o.Object.(*corev1.Service)
	if !ok {
		return nil
	}
	for i := range s.Spec.Ports {
		p := &s.Spec.Ports[i]
		switch {
		case r.PortName != "" && p.Name == r.PortName, r.PortNumber != 0 && p.Port == r.PortNumber:
			return p
		case r.PortName == "" && r.PortNumber == 0 && len(s.Spec.Ports) == 1:
			return p
		}
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
