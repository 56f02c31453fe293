package compose

import (
	"cmp"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// port is one port of a container.
type port struct {
	target    int32
	protocol  corev1.Protocol
	published []publication
	name, app string
	declared  bool // by the file; otherwise inferred from the image or from who speaks to it
}

// publication is a port of the machine that leads to a port of a container.
type publication struct {
	port int32 // 0 if any free one will do
	path []string
}

// maxPorts bounds what a range may become: a Service with thousands of ports helps nobody.
const maxPorts = 200

// collectPorts finds the ports of every container.
func (c *compiler) collectPorts() {
	for _, u := range c.units {
		if u.svc.NetworkMode == "none" {
			continue
		}
		c.published(u)
		c.exposed(u)
	}
	for _, u := range c.units {
		if u.svc.NetworkMode == "none" {
			continue
		}
		for _, r := range u.ext.Route {
			if r.Port > 0 {
				u.port(r.Port, corev1.ProtocolTCP).declared = true
			}
		}
		for _, r := range u.routes {
			if r.port > 0 {
				u.port(r.port, corev1.ProtocolTCP).declared = true
			}
		}
		if len(u.ports) == 0 && u.known != nil {
			for i, n := range u.known.ports {
				u.port(n, corev1.ProtocolTCP).declared = i == 0
			}
		}
	}
	c.spokenTo()
	for _, u := range c.units {
		if len(u.ports) > maxPorts {
			c.refuse(fmt.Sprintf("%d ports are more than a Service should have (%d); publish those that are used", len(u.ports), maxPorts), c.firstOf(u.base, []string{"ports"}, []string{"expose"})...)
			u.ports = u.ports[:maxPorts]
		}
		slices.SortStableFunc(u.ports, func(a, b port) int {
			return cmp.Or(-compareBool(a.declared, b.declared), cmp.Compare(a.target, b.target), cmp.Compare(a.protocol, b.protocol))
		})
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// port finds a port of the unit, or adds it.
func (u *unit) port(target int32, protocol corev1.Protocol) *port {
	for i := range u.ports {
		if u.ports[i].target == target && u.ports[i].protocol == protocol {
			return &u.ports[i]
		}
	}
	u.ports = append(u.ports, port{target: target, protocol: protocol})
	return &u.ports[len(u.ports)-1]
}

func protocol(s string) (corev1.Protocol, bool) {
	switch strings.ToLower(s) {
	case "", "tcp":
		return corev1.ProtocolTCP, true
	case "udp":
		return corev1.ProtocolUDP, true
	case "sctp":
		return corev1.ProtocolSCTP, true
	}
	return "", false
}

func (c *compiler) published(u *unit) {
	for i, p := range u.svc.Ports {
		if len(u.ports) > maxPorts {
			return // too many, which is said of all of them
		}
		at := c.itemPath(u.path("ports"), i, func(n *position.Node) bool { return publishes(n, p.Published, fmt.Sprint(p.Target)) })
		proto, ok := protocol(p.Protocol)
		if !ok || p.Target < 1 || p.Target > 65535 {
			c.refuse("is no port of a container", at...)
			continue
		}
		to := u.port(int32(p.Target), proto)
		to.declared = true
		to.name, to.app = cmp.Or(to.name, p.Name), cmp.Or(to.app, p.AppProtocol)
		pub := publication{path: at}
		if p.Published != "" {
			first, last, ranged := strings.Cut(p.Published, "-")
			n, err := strconv.ParseUint(first, 10, 16)
			if err != nil {
				c.refuse(fmt.Sprintf("%q is no port", p.Published), at...)
				continue
			}
			if ranged {
				c.info(fmt.Sprintf("is published on %s, the first of the range up to %s", first, last), at...)
			}
			pub.port = int32(n)
		}
		if ip := net.ParseIP(p.HostIP); ip != nil && ip.IsLoopback() {
			c.warn(fmt.Sprintf("is for this machine alone (%s) and is not published; reach it with kubectl port-forward -n %s service/%s %d", p.HostIP, c.app.Namespace, u.pod.id, p.Target), at...)
			continue
		} else if ip != nil && !ip.IsUnspecified() {
			c.refuse(fmt.Sprintf("a Service is published on all addresses of the machine, not on %s alone; leave the address out if that is meant", p.HostIP), at...)
			continue
		}
		if u.known != nil && u.known.database {
			c.warn(fmt.Sprintf("publishes a database to everyone who reaches this machine; write expose: [\"%d\"] if only services need it", p.Target), at...)
		}
		to.published = append(to.published, pub)
	}
}

// publishes says whether an entry of ports is about that pair of ports.
func publishes(n *position.Node, published, target string) bool {
	if n.Kind == position.Map {
		t := n.Child("target")
		return t != nil && t.Value == target
	}
	entry, _, _ := strings.Cut(n.Value, "/")
	parts := strings.Split(entry, ":")
	if parts[len(parts)-1] != target {
		return false
	}
	return published == "" && len(parts) == 1 || len(parts) > 1 && parts[len(parts)-2] == published
}

func (c *compiler) exposed(u *unit) {
	for i, text := range u.svc.Expose {
		at := u.path("expose", indexStep(i))
		ports, proto, ok := portRange(text)
		if !ok {
			c.refuse(fmt.Sprintf("%q is no port; write 8080, 8080-8090 or 53/udp", text), at...)
			continue
		}
		for _, n := range ports {
			u.port(n, proto).declared = true
		}
	}
}

// portRange reads an entry of expose: 8080, 8080-8090, 53/udp.
func portRange(text string) ([]int32, corev1.Protocol, bool) {
	numbers, p, _ := strings.Cut(strings.TrimSpace(text), "/")
	proto, ok := protocol(p)
	first, last, ranged := strings.Cut(numbers, "-")
	from, err := strconv.ParseUint(first, 10, 16)
	to, err2 := from, error(nil)
	if ranged {
		to, err2 = strconv.ParseUint(last, 10, 16)
	}
	if !ok || err != nil || err2 != nil || from == 0 || to < from {
		return nil, "", false
	}
	var ports []int32
	for n := from; n <= to && len(ports) <= maxPorts; n++ {
		ports = append(ports, int32(n)) //nolint:gosec // sixteen bits
	}
	return ports, proto, true
}

// spokenTo adds ports that nobody declared, which Compose does not ask for, but that others name in their
// configuration: api:9000 in a URL, or DB_HOST=db beside DB_PORT=3306.
func (c *compiler) spokenTo() {
	for _, u := range c.units {
		addresses := map[string]string{} // what the value says → the variable
		for _, k := range sortedKeys(u.svc.Environment) {
			if v := u.svc.Environment[k]; v != nil {
				addresses[*v] = k
				if prefix, ok := strings.CutSuffix(k, "HOST"); ok {
					if n := u.svc.Environment[prefix+"PORT"]; n != nil {
						addresses[*v+":"+*n] = k
					}
				}
			}
		}
		for _, value := range sortedKeys(addresses) {
			for _, m := range hostPort.FindAllStringSubmatch(value, -1) {
				c.infer(u, m[1], m[2], addresses[value])
			}
		}
	}
}

var hostPort = regexp.MustCompile(`(?:^|[^A-Za-z0-9_.-])([A-Za-z0-9][A-Za-z0-9_-]*):([0-9]{1,5})(?:$|[^0-9])`)

func (c *compiler) infer(from *unit, host, number, variable string) {
	to := c.byName[host]
	n, err := strconv.ParseUint(number, 10, 16)
	if to == nil || to == from || err != nil || n == 0 || to.svc.NetworkMode == "none" {
		return
	}
	for _, s := range to.pod.all() {
		for _, p := range s.ports {
			if p.target == int32(n) {
				return
			}
		}
	}
	to.port(int32(n), corev1.ProtocolTCP)
	c.info(fmt.Sprintf("speaks to %s on port %d, which its Service gets although it is not exposed", host, n), from.path("environment", variable)...)
}

// containerName is the name of a port, if the file gave it one that Kubernetes accepts there.
func (p port) containerName() string {
	if len(validation.IsValidPortName(p.name)) == 0 {
		return p.name
	}
	return ""
}

// serviceName names the port in a Service, where several need names.
func (p port) serviceName() string {
	if p.name != "" && len(validation.IsDNS1123Label(p.name)) == 0 {
		return p.name
	}
	return fmt.Sprintf("%s-%d", strings.ToLower(string(p.protocol)), p.target)
}

// checkPublished refuses one port of the machine for two services.
func (c *compiler) checkPublished() {
	taken := map[string][]string{}
	for _, u := range c.units {
		for _, p := range u.ports {
			for _, pub := range p.published {
				if pub.port == 0 {
					continue
				}
				k := fmt.Sprintf("%d/%s", pub.port, p.protocol)
				if other, ok := taken[k]; ok {
					c.refuse(fmt.Sprintf("port %d of the machine is taken already, by %s; choose another", pub.port, c.origin(other...)), pub.path...)
				}
				taken[k] = pub.path
			}
		}
	}
}
