package compose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/objects"
)

// addServices makes every pod reachable by the names that its containers have in Compose, and from outside on the
// ports that are published.
func (c *compiler) addServices() {
	names := map[string]*unit{}
	for _, u := range c.units {
		names[u.id] = u
	}
	for _, u := range c.units {
		if u.pod != u || u.svc.NetworkMode == "none" || u.svc.NetworkMode == "host" {
			continue
		}
		ports := u.podPorts()
		if u.runsOnce() && len(ports) == 0 {
			continue // nobody speaks to a job
		}
		c.addService(u, ports)
		for _, a := range c.aliases(u) {
			if other := names[a.name]; other != nil {
				if other != u {
					c.refuse(fmt.Sprintf("the name %s is that of %s (%s); choose another", a.name, other.name, c.origin(other.base...)), a.path...)
				}
				continue
			}
			names[a.name] = u
			s := c.internal(u, ports)
			s.Name = a.name
			c.add(s, u.id, a.path...)
		}
	}
}

// podPorts are the ports of all containers of a pod, which share one address.
func (u *unit) podPorts() []port {
	var all []port
	for _, s := range u.all() {
		for _, p := range s.ports {
			if !slices.ContainsFunc(all, func(o port) bool { return o.target == p.target && o.protocol == p.protocol }) {
				all = append(all, p)
			}
		}
	}
	return all
}

func (c *compiler) addService(u *unit, ports []port) {
	inside := c.internal(u, ports)
	outside, any := c.external(u, ports)
	if outside != nil && sameServicePorts(inside.Spec.Ports, outside.Spec.Ports) && inside.Spec.ClusterIP == "" {
		outside.Name = u.id // published as it is: one Service does both
		c.portOrigins(c.add(outside, u.id, u.base...), ports)
		outside = nil
	} else if c.nameResolves(u) || u.kind == "StatefulSet" || len(u.routes)+len(u.ext.Route) > 0 {
		c.portOrigins(c.add(inside, u.id, u.base...), ports)
	}
	for _, s := range []*corev1.Service{outside, any} {
		if s != nil {
			c.portOrigins(c.add(s, u.id, u.path("ports")...), ports)
		}
	}
}

// internal is the Service by which others in the application reach the pods. Without ports it is headless: in Compose
// a name resolves whether or not something is exposed.
func (c *compiler) internal(u *unit, ports []port) *corev1.Service {
	s := c.service(u, u.id)
	for _, p := range ports {
		s.Spec.Ports = append(s.Spec.Ports, servicePort(p, p.target))
	}
	dnsrr := u.svc.Deploy != nil && u.svc.Deploy.EndpointMode == "dnsrr"
	if len(ports) == 0 || dnsrr {
		s.Spec.ClusterIP, s.Spec.SessionAffinity = corev1.ClusterIPNone, ""
	}
	if m := u.svc.Deploy; m != nil && m.EndpointMode != "" && m.EndpointMode != "vip" && !dnsrr {
		c.refuse(fmt.Sprintf("endpoint mode %s is not known; vip and dnsrr are", m.EndpointMode), u.path("deploy", "endpoint_mode")...)
	}
	return s
}

// external are the Services for published ports: those with a number, and those for which any free one will do.
func (c *compiler) external(u *unit, ports []port) (numbered, any *corev1.Service) {
	for _, p := range ports {
		for _, pub := range p.published {
			if pub.port == 0 {
				if any == nil {
					any = c.service(u, u.id+"-nodeport")
					any.Spec.Type = corev1.ServiceTypeNodePort
				}
				any.Spec.Ports = append(any.Spec.Ports, servicePort(p, p.target))
				continue
			}
			if numbered == nil {
				numbered = c.service(u, u.id+"-published")
				numbered.Spec.Type = corev1.ServiceTypeLoadBalancer
			}
			sp := servicePort(p, pub.port)
			if p.name == "" || len(p.published) > 1 {
				sp.Name = fmt.Sprintf("%s-%d", strings.ToLower(string(p.protocol)), pub.port)
			}
			numbered.Spec.Ports = append(numbered.Spec.Ports, sp)
		}
	}
	return numbered, any
}

func (c *compiler) service(u *unit, name string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, Selector: c.selector(u), SessionAffinity: u.affinity()}}
}

func servicePort(p port, number int32) corev1.ServicePort {
	sp := corev1.ServicePort{Name: p.serviceName(), Port: number, TargetPort: intstr.FromInt32(p.target), Protocol: p.protocol}
	if p.app != "" {
		sp.AppProtocol = &p.app
	}
	return sp
}

func sameServicePorts(a, b []corev1.ServicePort) bool {
	if len(a) != len(b) {
		return false
	}
	for _, p := range a {
		if !slices.ContainsFunc(b, func(q corev1.ServicePort) bool {
			return p.Port == q.Port && p.TargetPort == q.TargetPort && p.Protocol == q.Protocol
		}) {
			return false
		}
	}
	return true
}

func (c *compiler) portOrigins(o *objects.Object, ports []port) {
	s := o.Object.(*corev1.Service)
	for i, sp := range s.Spec.Ports {
		for _, p := range ports {
			for _, pub := range p.published {
				if p.target == sp.TargetPort.IntVal && p.protocol == sp.Protocol {
					o.SetOrigin(fmt.Sprintf("spec.ports[%d]", i), c.origin(pub.path...))
				}
			}
		}
	}
}

// nameResolves: use_service_name_alias: false on all networks hides the name.
func (c *compiler) nameResolves(u *unit) bool {
	for _, n := range u.svc.Networks {
		if n.ServiceNameAliasEnabled() {
			return true
		}
	}
	return len(u.svc.Networks) == 0
}

type alias struct {
	name string
	path []string
}

// aliases are further names of a service: of its networks, from the links of others, and of its container.
func (c *compiler) aliases(u *unit) []alias {
	found := map[string][]string{}
	must := map[string]bool{} // others speak to it by that name
	for _, net := range sortedKeys(u.svc.Networks) {
		if cfg := u.svc.Networks[net]; cfg != nil {
			for i, a := range cfg.Aliases {
				found[a] = u.path("networks", net, "aliases", indexStep(i))
				must[a] = true
			}
		}
	}
	for _, other := range c.units {
		for i, l := range other.svc.Links {
			if name, a, ok := strings.Cut(l, ":"); ok && name == u.name {
				found[a] = other.path("links", indexStep(i))
				must[a] = true
			}
		}
	}
	for key, name := range map[string]string{"container_name": u.svc.ContainerName, "hostname": u.svc.Hostname} {
		if _, ok := found[name]; name != "" && !ok {
			found[name] = u.path(key)
		}
	}
	var all []alias
	for _, name := range slices.Sorted(maps.Keys(found)) {
		switch {
		case name == u.name || name == u.id:
		case validName(name):
			all = append(all, alias{name, found[name]})
		case must[name]:
			c.refuse(fmt.Sprintf("%s cannot be a name in Kubernetes; use small letters, digits and dashes", name), found[name]...)
		default:
			c.info(fmt.Sprintf("%s does not resolve, because Kubernetes has no such names; %s does", name, u.id), found[name]...)
		}
	}
	return all
}
