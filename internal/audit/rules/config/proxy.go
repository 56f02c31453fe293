package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// ownName are variables by which a program is told under which name people reach it.
var ownName = map[string]bool{
	"ATL_PROXY_NAME": true, "GF_SERVER_ROOT_URL": true, "GF_SERVER_DOMAIN": true, "KC_HOSTNAME": true, "KC_HOSTNAME_URL": true,
	"GITEA__server__ROOT_URL": true, "GITEA__server__DOMAIN": true, "ROOT_URL": true, "PUBLIC_URL": true, "SITE_URL": true, "BASE_URL": true,
	"APP_URL": true, "APP_BASE_URL": true, "PUBLIC_BASE_URL": true, "SERVER_PUBLIC_URL": true, "NEXTAUTH_URL": true, "EXTERNAL_URL": true,
	"SONAR_CORE_SERVERBASEURL": true, "OVERWRITEHOST": true, "DOMAIN": true, "VIRTUAL_HOST": true, "JIRA_PROXY_NAME": true, "MM_SERVICESETTINGS_SITEURL": true,
}

// proxyNameMismatch finds programs that are told another name than the routes that lead to them have.
func proxyNameMismatch(p *rule.Pass) {
	routes := map[*objects.Object][]known.Route{}
	for _, r := range known.Routes(p.Graph) {
		if o := p.Find("Service", r.Namespace, r.Service); o != nil {
			routes[o] = append(routes[o], r)
		}
	}
	if len(routes) == 0 {
		return
	}
	p.Containers(func(c rule.Container) {
		var own []known.Route
		for _, s := range p.ServicesOf(c.Workload) {
			own = append(own, routes[s]...)
		}
		if len(own) == 0 {
			return
		}
		for _, v := range known.Env(p.Graph, c.Workload, c.Container, c.Path) {
			if ownName[v.Name] && v.Known {
				if host := hostOf(v.Value); strings.Contains(host, ".") && known.IsName(host) {
					compareName(p, v, host, own)
				}
			}
		}
	})
}

func compareName(p *rule.Pass, v known.Variable, host string, own []known.Route) {
	var hosts []string
	served, other := false, (*objects.Object)(nil)
	for _, r := range own {
		if len(r.Hosts) == 0 {
			return // any name is served
		}
		hit := slices.ContainsFunc(r.Hosts, func(h string) bool { return matches(h, host) })
		served = served || hit
		for _, h := range r.Hosts {
			if !slices.Contains(hosts, h) {
				hosts = append(hosts, h)
			}
		}
		if !hit && other == nil && len(p.All(r.Object.Kind(), r.Object.Namespace(), r.Object.Name())) > 1 {
			other = r.Object // one of two descriptions: it may be the one that is applied
		}
	}
	switch {
	case !served:
		p.Report(v.Object, v.Field, "%s names %s, and the routes that lead here serve %s", v.Name, host, strings.Join(hosts, ", "))
	case other != nil:
		p.Report(v.Object, v.Field, "%s names %s, and %s, as it is described at %s, does not serve it; the routes that lead here serve %s",
			v.Name, host, other.Title(), other.Origin, strings.Join(hosts, ", ")).
			Advise(fmt.Sprintf("keep one description of %s, the one whose host is the program's name", other.Title()))
	}
}

func hostOf(value string) string {
	if !strings.Contains(value, "://") {
		value = "https://" + value
	}
	for _, a := range known.ParseAddresses(value) {
		return a.Host
	}
	return ""
}

// matches compares a host with one that a route serves, which may begin with *.
func matches(pattern, host string) bool {
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, rest)
	}
	return strings.EqualFold(pattern, host)
}
