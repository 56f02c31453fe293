package compose

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

var (
	// serverVariable are names of variables that hold the name of a server.
	serverVariable = regexp.MustCompile(`(?i)^(.+_)?(DB|DATABASE|RDS|SQL|MYSQL|MARIADB|POSTGRES|PG|MONGO|MONGODB|REDIS|VALKEY|CACHE|MEMCACHED|RABBITMQ|AMQP|SMTP|MAIL|API|BACKEND)_?(HOST|HOSTNAME)$`)
	// ownVariable are names of variables that say where the program itself is found.
	ownVariable = regexp.MustCompile(`(?i)(^|_)((BASE|ROOT|PUBLIC|SITE|EXTERNAL|APP|SERVER)_?UR[LI]|PUBLIC_.*|ORIGINS?|CORS.*|LISTEN.*|BIND.*|ADVERTISED.*|ISSUER|REDIRECT.*|CALLBACK.*|ALLOWED.*|VIRTUAL_HOST|NO_?PROXY)$`)
	hostWord    = regexp.MustCompile(`(?i)HOST(NAME)?$`)
	bareName    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$`)
	ruleHost    = regexp.MustCompile("(?i)Host(?:SNI)?(?::|\\(`)([^`),;]+)")
)

// address is a server that a variable names.
type address struct {
	variable, host string
	port           int // 0 if none is said
	portOf         string
}

// addresses finds the servers that the environment of a unit names.
func addresses(u *unit) []address {
	var all []address
	for _, k := range sortedKeys(u.svc.Environment) {
		v := u.svc.Environment[k]
		if v == nil || ownVariable.MatchString(k) {
			continue
		}
		text := strings.Trim(strings.TrimSpace(*v), `"'`)
		if strings.Contains(text, "://") {
			if to, err := url.Parse(strings.TrimPrefix(text, "jdbc:")); err == nil && to.Hostname() != "" {
				n, _ := strconv.Atoi(to.Port())
				all = append(all, address{variable: k, host: to.Hostname(), port: n, portOf: k})
			}
			continue
		}
		if !serverVariable.MatchString(k) {
			continue
		}
		host, number, _ := strings.Cut(text, ":")
		a := address{variable: k, host: host, portOf: k}
		if a.port, _ = strconv.Atoi(number); a.port == 0 {
			beside := hostWord.ReplaceAllString(k, "") + "PORT"
			if p := u.svc.Environment[beside]; p != nil {
				a.port, _ = strconv.Atoi(*p)
				a.portOf = beside
			}
		}
		all = append(all, a)
	}
	return all
}

// unknownHosts reports names of servers that no container has, where no objects tell audit's rules of it.
func (l *linter) unknownHosts(u *unit) {
	if len(l.problems) == 0 || u.svc.NetworkMode != "" {
		return
	}
	for _, a := range addresses(u) {
		if _, err := netip.ParseAddr(a.host); err == nil || a.host == "localhost" || !bareName.MatchString(a.host) || l.resolves(u, a.host) {
			continue
		}
		text := fmt.Sprintf("%s names the host %s, and no service has that name", a.variable, a.host)
		if to := l.routedBy(a.host); to != "" {
			text += fmt.Sprintf("; it is the name of a route, and the service behind it is %s", to)
		}
		l.report("host-without-service", u, text, u.path("environment", a.variable)...)
		l.found[len(l.found)-1].Advice = "write the name of the service"
	}
}

// resolves says that the name is one that a container of the project finds, or may find in a network of others.
func (l *linter) resolves(u *unit, host string) bool {
	if slices.Contains(l.places.Root.Find("services").Keys(), host) {
		return true
	}
	for name := range u.svc.Networks {
		if l.project.Networks[name].External {
			return true
		}
	}
	for _, link := range slices.Concat(u.svc.Links, u.svc.ExternalLinks) {
		name, alias, _ := strings.Cut(link, ":")
		if host == name || host == alias {
			return true
		}
	}
	if _, ok := u.svc.ExtraHosts[host]; ok {
		return true
	}
	return slices.ContainsFunc(l.everyone(), func(o *unit) bool { return o.answersTo(host) })
}

func (u *unit) answersTo(host string) bool {
	if host == u.name || host == u.svc.ContainerName || host == u.svc.Hostname {
		return true
	}
	for _, n := range u.svc.Networks {
		if n != nil && slices.Contains(n.Aliases, host) {
			return true
		}
	}
	return false
}

// routedBy names the service whose labels have a route of that host.
func (l *linter) routedBy(host string) string {
	for _, u := range l.everyone() {
		labels := routeLabels(u)
		for _, k := range sortedKeys(labels) {
			for _, m := range ruleHost.FindAllStringSubmatch(labels[k], -1) {
				if strings.EqualFold(strings.TrimSpace(m[1]), host) {
					return u.name
				}
			}
		}
	}
	return ""
}

// listens are programs that listen on one port unless told otherwise.
var listens = map[string]int{
	"mysql": 3306, "mariadb": 3306, "percona": 3306, "postgres": 5432, "postgis": 5432, "pgvector": 5432, "timescaledb": 5432,
	"mongo": 27017, "redis": 6379, "valkey": 6379, "memcached": 11211,
}

// machinePorts reports connections to ports that a container does not open: those of the machine above all, which mean
// nothing between services.
func (l *linter) machinePorts(u *unit) {
	for _, a := range addresses(u) {
		i := slices.IndexFunc(l.units, func(o *unit) bool { return o.answersTo(a.host) })
		if a.port == 0 || i < 0 || l.units[i].pod == u.pod || l.units[i].svc.NetworkMode != "" || l.units[i].opensPort(a.port) {
			continue
		}
		to, text := l.units[i], ""
		for _, p := range to.svc.Ports {
			if p.Published == strconv.Itoa(a.port) {
				text = fmt.Sprintf("which is that of the machine: between services it is %d", p.Target)
			}
		}
		if n := listens[imageName(to.svc.Image)]; text == "" && n != 0 && n != a.port && !to.mentions(strconv.Itoa(a.port)) {
			text = fmt.Sprintf("and %s listens on %d", imageName(to.svc.Image), n)
		}
		if text != "" {
			l.report("compose-port-not-opened", u, fmt.Sprintf("%s leads to port %d of %s, %s", a.portOf, a.port, to.name, text), u.path("environment", a.portOf)...)
		}
	}
}

// opensPort says that the file has the container open that port.
func (u *unit) opensPort(port int) bool {
	if slices.ContainsFunc(u.svc.Ports, func(p types.ServicePortConfig) bool { return int(p.Target) == port }) {
		return true
	}
	for _, e := range u.svc.Expose {
		if ports, _, ok := portRange(e); ok && slices.ContainsFunc(ports, func(n int32) bool { return int(n) == port }) {
			return true
		}
	}
	return slices.ContainsFunc(u.routes, func(r route) bool { return int(r.port) == port })
}

// mentions says that the text of a service has a number in it, or a file that may have it.
func (u *unit) mentions(number string) bool {
	for _, words := range [][]string{u.svc.Command, u.svc.Entrypoint} {
		if strings.Contains(strings.Join(words, " "), number) {
			return true
		}
	}
	for _, v := range u.svc.Environment {
		if v != nil && strings.Contains(*v, number) {
			return true
		}
	}
	return len(u.svc.Configs) > 0 || slices.ContainsFunc(u.mounts, func(m mount) bool {
		return m.Type == types.VolumeTypeBind && !holdsDatabase(m.Target)
	})
}
