package network

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/audit/rules/reach"
	"github.com/slipway-sh/slipway/internal/objects"
)

// need is a connection that must be possible.
type need struct {
	who      string
	from     *objects.Workload // nil for who is not of the files
	source   reach.Source
	to       *objects.Workload
	port     int32
	protocol corev1.Protocol
}

// needs lists what must reach what: by environment, by route, by name of a Job, by annotation of a scrape.
func needs(p *rule.Pass) []need {
	all := append(byEnvironment(p), byRoute(p)...)
	return append(append(all, byJob(p)...), byScrape(p)...)
}

// targetsOf visits the pods behind a port of a Service.
func targetsOf(p *rule.Pass, service *objects.Object, port *corev1.ServicePort, visit func(w *objects.Workload, target int32)) {
	for _, r := range p.From(service) {
		if !r.Selector || r.To == nil {
			continue
		}
		if w := p.Workload(r.To); w != nil {
			if target, ok := known.TargetPort(port, w.Pod); ok {
				visit(w, target)
			}
		}
	}
}

func byEnvironment(p *rule.Pass) []need {
	var all []need
	p.Containers(func(c rule.Container) {
		for _, conn := range known.Connections(p.Graph, c.Workload, c.Container, c.Path) {
			if conn.Service == nil || perhaps(c.Workload, &conn) {
				continue
			}
			s, ok := conn.Service.Object.(*corev1.Service)
			if !ok {
				continue
			}
			for i := range s.Spec.Ports {
				port := &s.Spec.Ports[i]
				if int(port.Port) != conn.Port && (conn.Port != 0 || len(s.Spec.Ports) > 1) {
					continue
				}
				targetsOf(p, conn.Service, port, func(w *objects.Workload, target int32) {
					if w.Object != c.Workload.Object {
						all = append(all, need{fmt.Sprintf("%s (%s)", name(c.Workload), conn.Variable.Name), c.Workload, reach.From(c.Workload), w, target, port.Protocol})
					}
				})
			}
		}
	})
	return all
}

// databases are the ports of what a Job is there for: to migrate, to load, to clean up.
var databases = map[int]bool{1433: true, 1521: true, 3306: true, 5432: true, 9042: true, 26257: true, 27017: true}

// perhaps says that a Job is told of a server only because it shares its configuration with those that use it.
func perhaps(w *objects.Workload, conn *known.Connection) bool {
	return (w.Kind() == "Job" || w.Kind() == "CronJob") && conn.Variable.Object != w.Object && !databases[conn.Port]
}

// controllers are images that bring routes in from outside, and those that scrape.
var controllers = regexp.MustCompile(`(^|/)(prometheus|victoria-metrics|vmagent|alloy|traefik|controller|nginx-ingress|haproxy-ingress|kubernetes-ingress|kong|contour|envoy|caddy|ingress)([-/].*)?$`)

// gateways are the ingress controllers and the monitoring that the files describe.
func gateways(p *rule.Pass) []*objects.Workload {
	var all []*objects.Workload
	for _, w := range p.Workloads() {
		for i := range w.Pod.Containers {
			if controllers.MatchString(known.Repository(w.Pod.Containers[i].Image)) {
				all = append(all, w)
				break
			}
		}
	}
	return all
}

func byRoute(p *rule.Pass) []need {
	var all []need
	seen := map[*corev1.ServicePort]bool{}
	for _, r := range known.Routes(p.Graph) {
		o := p.Find("Service", r.Namespace, r.Service)
		if o == nil || r.Object.Given {
			continue
		}
		port := r.ServicePort(o)
		if port == nil || seen[port] {
			continue
		}
		seen[port] = true
		targetsOf(p, o, port, func(w *objects.Workload, target int32) {
			all = append(all, need{"the ingress controller for " + r.Object.Title(), nil, reach.Source{Elsewhere: true}, w, target, port.Protocol})
		})
	}
	for _, o := range p.OfKind("Service") {
		s, ok := o.Object.(*corev1.Service)
		if !ok || s.Spec.Type != corev1.ServiceTypeLoadBalancer && s.Spec.Type != corev1.ServiceTypeNodePort {
			continue
		}
		for i := range s.Spec.Ports {
			port := &s.Spec.Ports[i]
			targetsOf(p, o, port, func(w *objects.Workload, target int32) {
				all = append(all, need{"a client of " + o.Title() + " from outside", nil, reach.Source{Outside: true}, w, target, port.Protocol})
			})
		}
	}
	return all
}

// databaseWork are names of Jobs that work on a database.
var databaseWork = regexp.MustCompile(`(?i)migrat|seed|flyway|liquibase|alembic|schema|db-?init|init-?db|backup|dump`)

// usual are the ports of databases that name none.
var usual = map[string]int32{"MySQL": 3306, "MariaDB": 3306, "PostgreSQL": 5432, "MongoDB": 27017}

// byJob adds Jobs that by their names work on the database of their namespace, if it has one and they do not say which.
func byJob(p *rule.Pass) []need {
	databases := map[string][]*objects.Workload{}
	for _, w := range p.Workloads() {
		if _, db := known.Database(w.Pod); db != nil && known.Runs(w) {
			databases[w.Namespace()] = append(databases[w.Namespace()], w)
		}
	}
	var all []need
	for _, kind := range []string{"Job", "CronJob"} {
		for _, o := range p.OfKind(kind) {
			w, dbs := p.Workload(o), databases[o.Namespace()]
			if w == nil || len(dbs) != 1 || !databaseWork.MatchString(o.Name()) || connects(p, w) {
				continue
			}
			i, db := known.Database(dbs[0].Pod)
			port := usual[db.Name]
			if ports := dbs[0].Pod.Containers[i].Ports; len(ports) > 0 {
				port = ports[0].ContainerPort
			}
			if port > 0 {
				all = append(all, need{name(w), w, reach.From(w), dbs[0], port, corev1.ProtocolTCP})
			}
		}
	}
	return all
}

// connects says that a workload's environment names a server.
func connects(p *rule.Pass, w *objects.Workload) bool {
	found := false
	rule.EachContainer(w, func(c rule.Container) {
		found = found || len(known.Connections(p.Graph, w, c.Container, c.Path)) > 0
	})
	return found
}

// byScrape adds the monitoring, where pods ask to be scraped by it.
func byScrape(p *rule.Pass) []need {
	var all []need
	for _, w := range p.Workloads() {
		notes := w.Meta().GetAnnotations()
		if t, _ := objects.Template(w.Object.Object); t != nil {
			notes = t.Annotations
		}
		if strings.TrimSpace(notes["prometheus.io/scrape"]) != "true" {
			continue
		}
		port, _ := strconv.ParseInt(notes["prometheus.io/port"], 10, 32)
		if port == 0 && len(w.Pod.Containers) > 0 && len(w.Pod.Containers[0].Ports) > 0 {
			port = int64(w.Pod.Containers[0].Ports[0].ContainerPort)
		}
		if port > 0 {
			all = append(all, need{"the monitoring (prometheus.io/scrape)", nil, reach.Source{Elsewhere: true}, w, int32(port), corev1.ProtocolTCP})
		}
	}
	return all
}
