package traefik

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// segment is one frontend of version 1 with its backend; a container has one without a name, and may have others.
type segment struct {
	name, rule string // the label's name and value
	hasRule    bool
	port       int32
	effects    Effects
	entry      []string
}

var heads = []string{"backend", "frontend", "port", "protocol", "weight", "frontends"}

// version1 reads traefik.frontend.rule, traefik.port and their like, with the name of a segment between or not.
func (r *reader) version1(key string, path, lower []string, value string) {
	name := ""
	if !slices.Contains(heads, lower[0]) {
		if len(path) < 2 || !slices.Contains(heads, lower[1]) {
			r.warn(key, "is no option of Traefik")
			return
		}
		name, lower = path[0], lower[1:]
	} else if lower[0] == "frontends" && len(path) > 2 {
		name, lower = path[1], append([]string{"frontend"}, lower[2:]...)
	}
	s := r.segments[name]
	if s == nil {
		s = &segment{}
		r.segments[name] = s
	}
	option := strings.Join(lower, ".")
	switch {
	case option == "frontend.rule":
		s.name, s.rule, s.hasRule = key, value, true
	case option == "port":
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil || n == 0 {
			r.refuse(key, "is no port")
			return
		}
		s.port = int32(n)
	case option == "protocol":
		if value != "http" {
			r.refuse(key, "the gateway speaks plain HTTP to pods")
		}
	case option == "backend", option == "frontend.backend":
	case option == "frontend.passhostheader":
		if value == "false" {
			r.refuse(key, "the gateway hands the Host header on")
		}
	case option == "frontend.entrypoints":
		s.entry = list(value)
	case option == "frontend.redirect.entrypoint":
		s.effects.RedirectHTTPS = true
	case option == "backend.loadbalancer.sticky", option == "backend.loadbalancer.stickiness":
		if value == "true" && s.effects.Sticky == "" {
			s.effects.Sticky = defaultCookie
		}
	case option == "backend.loadbalancer.stickiness.cookiename":
		s.effects.Sticky = value
	case strings.HasPrefix(option, "frontend.headers."):
		r.headers1(key, lower[2], value, &s.effects)
	case strings.HasPrefix(option, "frontend.auth"), strings.HasPrefix(option, "frontend.whitelist"):
		r.refuse(key, "the gateway cannot do this, and without it everyone would be let in")
	case strings.HasPrefix(option, "frontend.redirect"), strings.HasPrefix(option, "frontend.errors"):
		r.refuse(key, "the gateway cannot do this; redirect.entryPoint it can")
	case option == "frontend.priority":
		r.warn(key, "an Ingress takes the longest path first; priority is left out")
	case option == "weight", lower[0] == "backend":
		r.warn(key, "is left out: the gateway shares requests evenly")
	default:
		r.warn(key, "the gateway has no counterpart; it is left out")
	}
}

// headers1 reads "Name:value||Name:value", or one of the named security headers.
func (r *reader) headers1(key, option, value string, e *Effects) {
	say := func(o Option, refuse bool, text string) {
		r.Problems = append(r.Problems, Problem{o.Label, text, refuse})
	}
	if option != "customrequestheaders" && option != "customresponseheaders" {
		e.header(option, option, Option{key, value}, say)
		return
	}
	for one := range strings.SplitSeq(value, "||") {
		name, v, ok := strings.Cut(one, ":")
		if !ok {
			r.refuse(key, fmt.Sprintf("%q is no header; write Name:value||Name:value", one))
			continue
		}
		name = strings.TrimSpace(name)
		e.header(option+".x", option+"."+name, Option{key, strings.TrimSpace(v)}, say)
	}
}

func (r *reader) finishVersion1() {
	whole := r.segments[""]
	for _, name := range sorted(r.segments) {
		s := r.segments[name]
		if !s.hasRule {
			continue
		}
		e := s.effects
		matches, err := ParseRule1(s.rule, &e)
		if err != nil {
			r.refuse(s.name, err.Error())
			continue
		}
		to := Router{Name: name, Label: s.name, Matches: matches, Port: s.port, EntryPoints: s.entry, Effects: e}
		if to.Port == 0 && whole != nil {
			to.Port = whole.port
		}
		r.Routers = append(r.Routers, to)
	}
}

// ParseRule1 reads a rule of version 1: "Host:a,b;PathPrefix:/x". All parts must match, one value of each.
func ParseRule1(rule string, e *Effects) ([]Match, error) {
	terms := []term{{}}
	for part := range strings.SplitSeq(rule, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, values, ok := strings.Cut(part, ":")
		if !ok {
			return nil, fmt.Errorf("%q is no rule; write Host:name;PathPrefix:/path", shorten(part))
		}
		name = strings.TrimSpace(name)
		args := list(values)
		function := strings.TrimSuffix(strings.TrimSuffix(name, "Strip"), "strip")
		switch strings.ToLower(name) {
		case "pathprefixstrip", "pathstrip":
			e.StripPrefix = append(e.StripPrefix, args...)
		case "addprefix":
			e.AddPrefix += strings.TrimSpace(values)
			continue
		}
		if len(args) == 0 {
			return nil, fmt.Errorf("%s names nothing", name)
		}
		more, err := matcher(function, args)
		if err != nil {
			return nil, err
		}
		if len(terms)*len(more) > maxMatches {
			return nil, errTooMany
		}
		var product []term
		for _, a := range terms {
			for _, b := range more {
				product = append(product, a.and(b))
			}
		}
		terms = product
	}
	if strings.TrimSpace(rule) == "" {
		return nil, errors.New("this rule is empty")
	}
	return settle(terms)
}
