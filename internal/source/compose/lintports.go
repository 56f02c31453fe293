package compose

import (
	"net/netip"
	"slices"
	"strings"
)

// consoles are programs by which people administer others.
var consoles = []string{
	"adminer", "phpmyadmin", "pgadmin4", "pgadmin", "portainer", "portainer-ce", "mongo-express", "redis-commander", "redisinsight",
	"kibana", "rockmongo", "phpredisadmin", "dozzle", "cadvisor", "phppgadmin",
}

// publishedPorts finds what everybody who reaches the machine can reach, and should not.
func (l *linter) publishedPorts(u *unit) {
	for i, p := range u.svc.Ports {
		if p.Published == "" || loopback(p.HostIP) {
			continue
		}
		at := u.path("ports", indexStep(i))
		switch {
		case u.isDatabase() || u.known != nil && slices.Contains([]string{"redis", "valkey", "memcached"}, u.known.name):
			l.say("compose-published-database", u, at, "publishes port %s to every network that the machine is in; Docker opens it past the machine's firewall", p.Published)
		case slices.Contains(consoles, imageName(u.svc.Image)):
			l.say("compose-published-admin", u, at, "publishes a console of administrators (%s) on port %s", imageName(u.svc.Image), p.Published)
		case imageName(u.svc.Image) == "traefik" && p.Target == 8080 && l.showsItself(u):
			l.say("compose-published-admin", u, at, "publishes Traefik's dashboard and API on port %s without a password", p.Published)
		}
	}
}

func loopback(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.IsLoopback()
}

// showsItself tells a Traefik that serves its dashboard without asking who wants to see it.
func (l *linter) showsItself(u *unit) bool {
	for _, arg := range u.svc.Command {
		a := strings.ToLower(strings.TrimLeft(arg, "-"))
		if a == "web" || a == "api" || strings.HasPrefix(a, "api.insecure") && a != "api.insecure=false" {
			return true
		}
	}
	return false
}
