package compose

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// consoles are images whose job is to administrate, with the port of that; 0 for all ports.
var consoles = map[string]struct {
	name string
	port uint32
}{
	"adminer": {"Adminer", 0}, "phpmyadmin": {"phpMyAdmin", 0}, "pgadmin4": {"pgAdmin", 0}, "pgadmin": {"pgAdmin", 0}, "mongo-express": {"mongo-express", 0},
	"redis-commander": {"Redis Commander", 0}, "redisinsight": {"Redis Insight", 0}, "portainer": {"Portainer", 0}, "portainer-ce": {"Portainer", 0},
	"portainer-ee": {"Portainer", 0}, "kibana": {"Kibana", 0}, "kafka-ui": {"Kafka UI", 0}, "rabbitmq": {"the management of RabbitMQ", 15672},
	"prometheus": {"Prometheus", 9090}, "alertmanager": {"Alertmanager", 9093}, "consul": {"Consul", 8500},
}

// publishedPorts reports ports of the machine that lead to a database or to administration.
func (l *linter) publishedPorts(u *unit) {
	var database, admin []string
	var atDatabase, atAdmin []string
	for i, p := range u.svc.Ports {
		if ip := net.ParseIP(p.HostIP); ip != nil && ip.IsLoopback() {
			continue
		}
		at := l.itemPath(u.path("ports"), i, func(n *position.Node) bool { return publishes(n, p.Published, fmt.Sprint(p.Target)) })
		as := p.Published
		if as == "" {
			as = "a free one"
		}
		switch console := l.console(u, p); {
		case console != "":
			admin = append(admin, fmt.Sprintf("%s (%s)", as, console))
			atAdmin = orPath(atAdmin, at)
		case u.known != nil && served(u.known, p):
			database = append(database, as)
			atDatabase = orPath(atDatabase, at)
		}
	}
	if database != nil {
		l.report("compose-published-database", u, fmt.Sprintf("publishes %s on port %s of the machine, on all of its addresses", u.known.name, strings.Join(database, ", ")), atDatabase...)
	}
	if admin != nil {
		l.report("compose-published-admin", u, fmt.Sprintf("publishes port %s on all addresses of the machine", strings.Join(admin, ", ")), atAdmin...)
	}
}

func orPath(a, b []string) []string {
	if a != nil {
		return a
	}
	return b
}

// served says that the port is one on which the known program serves its data. Web servers are for everybody.
func served(k *knownImage, p types.ServicePortConfig) bool {
	if !k.database && k.name != "redis" && k.name != "valkey" && k.name != "memcached" || k.name == "minio" {
		return false
	}
	return slices.ContainsFunc(k.ports, func(n int32) bool { return int64(n) == int64(p.Target) })
}

// console is what administrates behind a port, "" if nothing is known to.
func (l *linter) console(u *unit, p types.ServicePortConfig) string {
	image := imageName(u.svc.Image)
	if image == "traefik" && p.Target == 8080 && slices.ContainsFunc(u.svc.Command, func(arg string) bool { return opensAPI(arg, afterFirst(u.svc.Image)) }) {
		return "Traefik's API and dashboard, without a password"
	}
	if c, ok := consoles[image]; ok && (c.port == 0 || c.port == p.Target) {
		return c.name
	}
	return ""
}

// opensAPI says that a flag has Traefik serve its API to everybody; later versions serve it by routes alone unless told
// to be insecure.
func opensAPI(arg string, later bool) bool {
	name, value, _ := strings.Cut(strings.ToLower(strings.TrimLeft(arg, "-")), "=")
	return value != "false" && (name == "web" || name == "api.insecure" || name == "api" && !later)
}

// scaledPort reports one port of the machine that several containers are to take.
func (l *linter) scaledPort(u *unit) {
	if u.svc.GetScale() < 2 {
		return
	}
	for i, p := range u.svc.Ports {
		if p.Published == "" || strings.Contains(p.Published, "-") {
			continue
		}
		at := l.itemPath(u.path("ports"), i, func(n *position.Node) bool { return publishes(n, p.Published, fmt.Sprint(p.Target)) })
		l.report("compose-fixed-name-scaled", u, fmt.Sprintf("%d containers are to take port %s of the machine, and Docker Compose starts only the first", u.svc.GetScale(), p.Published), at...)
		return
	}
}
