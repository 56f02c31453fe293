package compose

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/source/compose/traefik"
)

// route is one way from the gateway to a container.
type route struct {
	name    string
	matches []traefik.Match
	port    int32
	tls     bool
	effects traefik.Effects
	path    []string // where the rule was written
}

// withoutRoutes are the labels that are not about routes and so become annotations.
func withoutRoutes(labels map[string]string) map[string]string {
	rest := map[string]string{}
	for k, v := range labels {
		if !traefik.Is(k) {
			rest[k] = v
		}
	}
	return rest
}

// readRoutes finds the routes of all units: those of Traefik's labels, also on a proxy that was left out, and those of
// x-slipway.
func (c *compiler) readRoutes() {
	all := map[*unit]traefik.Config{}
	services, middlewares := map[string]endpoint{}, map[string]*traefik.Middleware{}
	units := slices.Concat(c.units, c.proxies)
	for _, u := range units {
		cfg := traefik.Read(routeLabels(u))
		all[u] = cfg
		for _, p := range cfg.Problems {
			if at := c.labelPath(u, p.Label); p.Refuse {
				c.refuse(p.Text, at...)
			} else {
				c.warn(p.Text, at...)
			}
		}
		for name, s := range cfg.Services {
			services[name] = endpoint{u, s}
		}
		for name, m := range cfg.Middlewares {
			middlewares[name] = m
		}
	}
	for _, u := range units {
		cfg := all[u]
		for _, r := range cfg.Routers {
			c.addRouter(u, r, cfg, services, middlewares)
		}
		if cfg.Enabled && len(cfg.Routers) == 0 && u.svc.Labels["traefik.enable"] == "true" && !slices.Contains(c.proxies, u) && len(cfg.Problems) == 0 {
			c.warn("has no rule: Traefik would make one of the container's name, here it gets no route", c.labelPath(u, "traefik.enable")...)
		}
	}
	for _, u := range c.units {
		c.extensionRoutes(u)
	}
	c.checkRoutes()
}

// routeLabels are the labels of a container, and those of deploy, where Swarm has Traefik look.
func routeLabels(u *unit) map[string]string {
	labels := map[string]string{}
	if u.svc.Deploy != nil {
		for k, v := range u.svc.Deploy.Labels {
			labels[k] = v
		}
	}
	for k, v := range u.svc.Labels {
		labels[k] = v
	}
	return labels
}

func (c *compiler) labelPath(u *unit, label string) []string {
	for _, at := range [][]string{u.path("labels", label), u.path("deploy", "labels", label)} {
		if c.places.Root.Find(at...) != nil {
			return at
		}
	}
	return u.path("labels", label)
}

// endpoint is a load balancer and the container whose labels define it.
type endpoint struct {
	unit    *unit
	service *traefik.Service
}

func (c *compiler) addRouter(u *unit, r traefik.Router, cfg traefik.Config, services map[string]endpoint, middlewares map[string]*traefik.Middleware) {
	at := c.labelPath(u, r.Label)
	to := endpoint{u, nil}
	name, provider, _ := strings.Cut(r.Service, "@")
	switch {
	case provider == "internal":
		c.info("the dashboard of Traefik is left out with it", at...)
		return
	case r.Service != "":
		e, ok := services[name]
		if !ok && len(cfg.Services) > 0 || provider != "" && provider != "docker" {
			c.refuse(fmt.Sprintf("there is no service %s among the labels", r.Service), at...)
			return
		}
		if ok {
			to = e
		}
	case len(cfg.Services) == 1:
		for _, s := range cfg.Services {
			to.service = s
		}
	case len(cfg.Services) > 1:
		c.refuse("leads to one of several services; name it with traefik.http.routers."+r.Name+".service", at...)
		return
	}
	if slices.Contains(c.proxies, to.unit) {
		c.info("leads to the proxy itself and is left out with it", at...)
		return
	}
	out := route{name: r.Name, matches: r.Matches, port: r.Port, tls: r.TLS, effects: r.Effects, path: at}
	if to.service != nil {
		if out.port == 0 {
			out.port = to.service.Port
		}
		if to.service.Sticky != "" {
			out.effects.Sticky = to.service.Sticky
		}
	}
	for _, e := range r.EntryPoints {
		if e = strings.ToLower(e); e == "websecure" || e == "https" {
			out.tls = true
		}
	}
	c.applyMiddlewares(r.Middlewares, middlewares, &out, 0)
	to.unit.routes = mergeRoute(to.unit.routes, out)
}

func (c *compiler) applyMiddlewares(names []string, all map[string]*traefik.Middleware, out *route, depth int) {
	for _, full := range names {
		name, provider, _ := strings.Cut(full, "@")
		m := all[strings.ToLower(name)]
		if m == nil || provider != "" && provider != "docker" && provider != "swarm" {
			c.refuse(fmt.Sprintf("middleware %s is not among the labels, and what it does is not known", full), out.path...)
			continue
		}
		if chain, ok := m.Chain(); ok {
			if depth < 10 {
				c.applyMiddlewares(chain, all, out, depth+1)
			}
			continue
		}
		for _, p := range out.effects.Apply(m) {
			at := out.path
			for _, holder := range slices.Concat(c.units, c.proxies) {
				if found := c.labelPath(holder, p.Label); c.places.Root.Find(found...) != nil {
					at = found
				}
			}
			if p.Refuse {
				c.refuse(p.Text, at...)
			} else {
				c.warn(p.Text, at...)
			}
		}
	}
}

// mergeRoute joins the two routers that people write for one route, one for HTTP that redirects and one for HTTPS.
func mergeRoute(routes []route, r route) []route {
	for i := range routes {
		o := &routes[i]
		if !slices.Equal(o.matches, r.matches) || o.port != r.port || o.tls == r.tls {
			continue
		}
		plain, secure := o.effects, r.effects
		if o.tls {
			plain, secure = r.effects, o.effects
		}
		if !plain.RedirectHTTPS && !reflect.DeepEqual(plain, secure) {
			continue
		}
		secure.RedirectHTTPS = plain.RedirectHTTPS
		o.effects, o.tls = secure, true
		return routes
	}
	return append(routes, r)
}

func (c *compiler) extensionRoutes(u *unit) {
	for i, e := range u.ext.Route {
		at := u.path(extensionName, "route")
		if n := c.places.Root.Find(at...); n != nil && len(n.Items) > 0 {
			at = append(at, indexStep(i))
		}
		path := e.Path
		if path == "" {
			path = "/"
		}
		rule := "PathPrefix(`" + path + "`)"
		if e.Host != "" {
			rule += " && Host(`" + e.Host + "`)"
		}
		matches, err := traefik.ParseRule(rule)
		if err != nil {
			c.refuse(err.Error(), at...)
			continue
		}
		r := route{name: fmt.Sprintf("route-%d", i+1), matches: matches, port: e.Port, path: at}
		if e.StripPrefix && path != "/" {
			r.effects.StripPrefix = []string{path}
		}
		u.routes = append(u.routes, r)
	}
	if cookie := u.ext.sticky(); cookie != "" {
		for i := range u.routes {
			u.routes[i].effects.Sticky = cookie
		}
	}
}

// checkRoutes refuses one host and path that lead to two services.
func (c *compiler) checkRoutes() {
	type owner struct {
		unit *unit
		path []string
	}
	taken := map[traefik.Match]owner{}
	for _, u := range c.units {
		for _, r := range u.routes {
			for _, m := range r.matches {
				if o, ok := taken[m]; ok {
					c.refuse(fmt.Sprintf("leads %s%s to %s, which leads to %s already (%s)", m.Host, m.Path, u.name, o.unit.name, c.origin(o.path...)), r.path...)
					continue
				}
				taken[m] = owner{u, r.path}
			}
		}
	}
}

// routePorts gives a port to routes that name none: that of the service, or the lowest of several.
func (c *compiler) routePorts() {
	for _, u := range c.units {
		for i := range u.routes {
			r := &u.routes[i]
			if r.port > 0 {
				continue
			}
			var candidates []int32
			for _, p := range u.ports {
				if p.protocol == "TCP" {
					candidates = append(candidates, p.target)
				}
			}
			if len(candidates) == 0 {
				c.refuse("has a route but no port; write expose with the port on which it listens", r.path...)
				continue
			}
			r.port = slices.Min(candidates)
			if len(candidates) > 1 {
				how := "traefik.http.services." + u.name + ".loadbalancer.server.port"
				if slices.Contains(r.path, extensionName) {
					how = "port"
				}
				c.info(fmt.Sprintf("leads to port %d, the lowest of %s; say %s for another", r.port, u.name, how), r.path...)
			}
		}
	}
}
