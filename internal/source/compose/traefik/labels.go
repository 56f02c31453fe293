package traefik

import (
	"slices"
	"strconv"
	"strings"
)

// Config is what the labels of one container say.
type Config struct {
	Enabled     bool // traefik.enable is not false
	Routers     []Router
	Services    map[string]*Service    // version 2: by name
	Middlewares map[string]*Middleware // version 2: by name
	Problems    []Problem
}

// Router is one route: what matches, and where it leads.
type Router struct {
	Name        string
	Label       string // the one with the rule
	Matches     []Match
	Service     string // version 2: name of the service, if given
	Port        int32  // version 1: port of the container, if given
	Middlewares []string
	EntryPoints []string
	TLS         bool
	Effects     Effects // of version 1 labels
}

// Service is a load balancer of version 2.
type Service struct {
	Label  string
	Port   int32
	Sticky string // name of the cookie
}

// Problem is a label that is left out or must be refused.
type Problem struct {
	Label  string
	Text   string
	Refuse bool
}

// Is says whether a label is one of Traefik's.
func Is(label string) bool { return strings.HasPrefix(strings.ToLower(label), "traefik.") }

// Read takes the labels of one container apart.
func Read(labels map[string]string) Config {
	c := Config{Enabled: true, Services: map[string]*Service{}, Middlewares: map[string]*Middleware{}}
	r := reader{Config: &c, routers: map[string]*Router{}, segments: map[string]*segment{}}
	keys := make([]string, 0, len(labels))
	for k := range labels {
		if Is(k) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		r.label(k, labels[k])
	}
	r.finish()
	if !c.Enabled {
		c.Routers, c.Problems = nil, nil
	}
	return c
}

type reader struct {
	*Config
	routers  map[string]*Router
	segments map[string]*segment
}

func (r *reader) label(key, value string) {
	path := strings.Split(key, ".")[1:]
	lower := make([]string, len(path)) // the keys do not care for case, the names in them do
	for i, p := range path {
		lower[i] = strings.ToLower(p)
	}
	switch lower[0] {
	case "enable":
		on, err := strconv.ParseBool(value)
		r.Enabled = err != nil || on
	case "docker", "swarm", "tags", "domain", "constraint-label":
	case "http":
		r.http(key, path[1:], lower[1:], value)
	case "tcp", "udp":
		r.refuse(key, "the gateway speaks HTTP; publish the port with ports")
	case "tls":
		r.warn(key, "certificates are the gateway's")
	default:
		r.version1(key, path, lower, value)
	}
}

func (r *reader) http(key string, path, lower []string, value string) {
	if len(path) < 3 {
		r.warn(key, "is no option of Traefik")
		return
	}
	name, rest := path[1], lower[2:]
	switch lower[0] {
	case "routers":
		r.router(key, name, rest, value)
	case "services":
		r.service(key, name, rest, value)
	case "middlewares":
		m := r.Middlewares[strings.ToLower(name)]
		if m == nil {
			m = &Middleware{Name: name, Options: map[string]Option{}}
			r.Middlewares[strings.ToLower(name)] = m
		}
		if m.Type != "" && m.Type != rest[0] {
			r.refuse(key, "is a middleware of two types; give them two names")
			return
		}
		m.Type = rest[0]
		m.Options[strings.Join(path[3:], ".")] = Option{key, value}
	default:
		r.warn(key, "is no option of Traefik")
	}
}

func (r *reader) router(key, name string, option []string, value string) {
	to := r.routers[name]
	if to == nil {
		to = &Router{Name: name}
		r.routers[name] = to
	}
	switch strings.Join(option, ".") {
	case "rule":
		matches, err := ParseRule(value)
		if err != nil {
			r.refuse(key, err.Error())
		}
		to.Label, to.Matches = key, matches
	case "service":
		to.Service = value
	case "middlewares":
		to.Middlewares = list(value)
	case "entrypoints":
		to.EntryPoints = list(value)
	case "tls":
		to.TLS = value != "false"
	case "tls.certresolver", "tls.options":
		to.TLS = true
	case "priority":
		r.warn(key, "an Ingress takes the longest path first; priority is left out")
	case "rulesyntax":
	default:
		switch option[0] {
		case "tls": // domains[0].main: the hosts of the rule have a certificate anyway
			to.TLS = true
		case "observability":
		default:
			r.warn(key, "is no option of a router")
		}
	}
}

func (r *reader) service(key, name string, option []string, value string) {
	s := r.Services[name]
	if s == nil {
		s = &Service{Label: key}
		r.Services[name] = s
	}
	switch o := strings.Join(option, "."); o {
	case "loadbalancer.server.port":
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil || n == 0 {
			r.refuse(key, "is no port")
			return
		}
		s.Port, s.Label = int32(n), key
	case "loadbalancer.sticky.cookie", "loadbalancer.sticky":
		if value != "false" && s.Sticky == "" {
			s.Sticky = defaultCookie
		}
	case "loadbalancer.sticky.cookie.name":
		s.Sticky = value
	case "loadbalancer.server.scheme":
		if value != "http" {
			r.refuse(key, "the gateway speaks plain HTTP to pods")
		}
	case "loadbalancer.passhostheader":
		if value == "false" {
			r.refuse(key, "the gateway hands the Host header on")
		}
	default:
		switch {
		case strings.HasPrefix(o, "loadbalancer.sticky.cookie."):
		case strings.HasPrefix(o, "loadbalancer.healthcheck."):
			r.warn(key, "who is healthy is said by the service's own healthcheck")
		case strings.HasPrefix(o, "loadbalancer."):
			r.warn(key, "is left out: the gateway has its own way")
		default:
			r.refuse(key, "only load balancers are carried")
		}
	}
}

// defaultCookie names the cookie where nobody gave it a name.
const defaultCookie = "slipway"

func (r *reader) warn(label, text string) {
	r.Problems = append(r.Problems, Problem{label, text, false})
}
func (r *reader) refuse(label, text string) {
	r.Problems = append(r.Problems, Problem{label, text, true})
}

func (r *reader) finish() {
	r.finishVersion1()
	names := make([]string, 0, len(r.routers))
	for n := range r.routers {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if to := r.routers[n]; to.Label != "" {
			r.Routers = append(r.Routers, *to)
		} else {
			r.warn("traefik.http.routers."+n, "has no rule and makes no route")
		}
	}
}

func list(value string) []string {
	var all []string
	for s := range strings.SplitSeq(value, ",") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}
