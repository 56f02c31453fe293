package edge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// interfaces are programs by which others are administrated, by a part of their image's name, with the port of that
// interface; 0 for all ports.
var interfaces = []struct {
	image string
	name  string
	port  int32
}{
	{"adminer", "Adminer", 0}, {"phpmyadmin", "phpMyAdmin", 0}, {"pgadmin", "pgAdmin", 0}, {"mongo-express", "mongo-express", 0},
	{"redis-commander", "Redis Commander", 0}, {"redisinsight", "Redis Insight", 0}, {"cloudbeaver", "CloudBeaver", 0}, {"pgweb", "pgweb", 0},
	{"dbgate", "DbGate", 0}, {"traefik", "the dashboard of Traefik", 8080}, {"kibana", "Kibana", 0}, {"rabbitmq", "the management of RabbitMQ", 15672},
	{"portainer", "Portainer", 0}, {"consul", "Consul", 8500}, {"prometheus", "Prometheus", 9090}, {"alertmanager", "Alertmanager", 9093},
	{"kubernetes-dashboard", "the Kubernetes dashboard", 0}, {"kafka-ui", "Kafka UI", 0}, {"akhq", "AKHQ", 0}, {"flower", "Flower", 0},
	{"mailhog", "MailHog", 0}, {"mailpit", "Mailpit", 0}, {"webtty", "a terminal", 0}, {"jaeger", "Jaeger", 16686},
}

// administration finds what administrates behind a port of a workload: the interface of the container that opens it.
func administration(w *objects.Workload, port int32) string {
	for i := range w.Pod.Containers {
		c := &w.Pod.Containers[i]
		short := known.Short(c.Image)
		for _, f := range interfaces {
			if !strings.Contains(short, f.image) || strings.Contains(short, "exporter") || strings.Contains(short, "operator") || f.port != 0 && f.port != port {
				continue
			}
			if f.port == port || len(w.Pod.Containers) == 1 || slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.ContainerPort == port }) {
				return f.name
			}
		}
	}
	return ""
}

// guards are parts of annotations by which an Ingress asks who is there.
var guards = []string{"auth-type", "auth-url", "auth-secret", "auth-tls", "auth-realm", "whitelist", "allowlist", "allow-list", "ip-white", "middlewares", "/auth", "oauth", "oidc", "cognito", "iap"}

// adminExposed finds interfaces of administration that are reached from outside and ask nobody who they are: one finding
// for each route or Service.
func adminExposed(p *rule.Pass) {
	told := map[*objects.Object]bool{}
	for _, r := range known.Routes(p.Graph) {
		o := p.Find("Service", r.Namespace, r.Service)
		if o == nil || told[r.Object] {
			continue
		}
		port := r.ServicePort(o)
		if port == nil || guarded(p, r) {
			continue
		}
		if what := behind(p, o, port); what != "" {
			told[r.Object] = true
			p.Report(r.Object, r.Field, "%s is reached at %s without a password of the route's", what, or(strings.Join(r.Hosts, ", "), "every host"))
		}
	}
	dashboards(p)
}

// dashboards finds Traefik's own dashboard behind a route of its own.
func dashboards(p *rule.Pass) {
	ingressRoutes(p, func(o *objects.Object, spec map[string]any) {
		for i, r := range known.Maps(spec["routes"]) {
			for _, s := range known.Maps(r["services"]) {
				if known.Text(s["name"]) == "api@internal" && !asks(wares(p, o, r)) {
					p.Report(o, fmt.Sprintf("spec.routes[%d]", i), "the dashboard of Traefik is reached at %s without a password of the route's",
						or(strings.Join(known.MatchHosts(known.Text(r["match"])), ", "), "every host"))
				}
			}
		}
	})
}

func behind(p *rule.Pass, service *objects.Object, port *corev1.ServicePort) string {
	for _, ref := range p.From(service) {
		if !ref.Selector || ref.To == nil {
			continue
		}
		if w := p.Workload(ref.To); w != nil {
			if target, ok := known.TargetPort(port, w.Pod); ok {
				if what := administration(w, target); what != "" {
					return what
				}
			}
		}
	}
	return ""
}

func guarded(p *rule.Pass, r known.Route) bool {
	for k := range r.Object.Meta().GetAnnotations() {
		for _, g := range guards {
			if strings.Contains(k, g) {
				return true
			}
		}
	}
	if r.Object.Custom() == nil {
		return false
	}
	if r.Object.Kind() == "HTTPRoute" {
		return false
	}
	for _, route := range known.Maps(known.Map(r.Object.Custom(), "spec")["routes"]) {
		if !asks(wares(p, r.Object, route)) {
			return false
		}
	}
	return true
}

// asks says that one of the middlewares asks who is there, or may: one of another sort than the usual, or that is not here
// and not named after something else.
func asks(all []map[string]any) bool {
	for _, m := range all {
		for _, k := range []string{"basicAuth", "digestAuth", "forwardAuth", "ipWhiteList", "ipAllowList", "plugin", "chain"} {
			if _, ok := m[k]; ok {
				return true
			}
		}
		if name := known.Text(m["unknown"]); strings.Contains(name, "auth") || strings.Contains(name, "sso") || strings.Contains(name, "list") {
			return true
		}
	}
	return false
}

// inner are ports that are for the application itself and those who run it.
var inner = map[int32]string{
	3306: "MySQL", 5432: "PostgreSQL", 27017: "MongoDB", 6379: "Redis", 9200: "Elasticsearch", 9300: "Elasticsearch", 11211: "memcached",
	1433: "SQL Server", 5672: "RabbitMQ", 15672: "the management of RabbitMQ", 2379: "etcd", 9042: "Cassandra", 8123: "ClickHouse",
	5984: "CouchDB", 9092: "Kafka", 2181: "ZooKeeper", 8500: "Consul",
}

var adminName = regexp.MustCompile(`(?i)(^|-)(admin|dashboard|management|mgmt|metrics|debug|pprof|jmx)(-|$)`)

// innerPort finds Services that open such ports to the outside: one finding for each.
func innerPort(p *rule.Pass) {
	for _, o := range p.OfKind("Service") {
		s, ok := o.Object.(*corev1.Service)
		if !ok || s.Spec.Type != corev1.ServiceTypeLoadBalancer && s.Spec.Type != corev1.ServiceTypeNodePort || len(s.Spec.LoadBalancerSourceRanges) > 0 || internal(o) || known.Composed(o) {
			continue // of a Compose file the reader says it, in its terms
		}
		var open []string
		first := -1
		for i := range s.Spec.Ports {
			port := &s.Spec.Ports[i]
			what := behind(p, o, port)
			if what == "" {
				what = inner[port.Port]
			}
			if what == "" && adminName.MatchString(port.Name) {
				what = "by its name " + port.Name
			}
			if what == "" {
				continue
			}
			if first < 0 {
				first = i
			}
			open = append(open, fmt.Sprintf("port %d (%s)", port.Port, what))
		}
		if first >= 0 {
			p.Report(o, fmt.Sprintf("spec.ports[%d]", first), "opens %s to everyone who reaches the %s", strings.Join(open, ", "), place(s))
		}
	}
}

func place(s *corev1.Service) string {
	if s.Spec.Type == corev1.ServiceTypeNodePort {
		return "nodes"
	}
	return "load balancer"
}

// internal says that the load balancer has no public address.
func internal(o *objects.Object) bool {
	for k, v := range o.Meta().GetAnnotations() {
		if strings.Contains(k, "internal") && v != "false" || strings.Contains(k, "load-balancer-type") && strings.EqualFold(v, "internal") ||
			strings.HasSuffix(k, "-scheme") && v == "internal" || strings.Contains(k, "source-ranges") {
			return true
		}
	}
	return false
}
