package traefik

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Middleware is one of version 2, with its options as written.
type Middleware struct {
	Name    string
	Type    string // in small letters
	Options map[string]Option
}

// Option is the value of a label and the label itself.
type Option struct{ Label, Value string }

// Effects are what middlewares do that the gateway does too.
type Effects struct {
	StripPrefix     []string
	AddPrefix       string
	RedirectHTTPS   bool
	Sticky          string
	RequestHeaders  map[string]string // an empty value removes the header
	ResponseHeaders map[string]string
}

// doors are middlewares that keep people out: without them everyone would be let in.
var doors = []string{"basicauth", "digestauth", "forwardauth", "ipallowlist", "ipwhitelist", "passtlsclientcert", "plugin"}

// rewriters are middlewares that change a request in a way that the gateway cannot.
var rewriters = []string{"redirectregex", "replacepath", "replacepathregex", "stripprefixregex", "errors"}

// Apply adds the effect of a middleware.
func (e *Effects) Apply(m *Middleware) []Problem {
	var problems []Problem
	say := func(o Option, refuse bool, text string) { problems = append(problems, Problem{o.Label, text, refuse}) }
	for _, name := range sorted(m.Options) {
		o := m.Options[name]
		option := strings.ToLower(name)
		switch {
		case m.Type == "stripprefix" && option == "prefixes":
			e.StripPrefix = append(e.StripPrefix, list(o.Value)...)
		case m.Type == "stripprefix":
		case m.Type == "addprefix" && option == "prefix":
			e.AddPrefix += o.Value
		case m.Type == "redirectscheme" && option == "scheme":
			if o.Value != "https" {
				say(o, true, "only a redirection to https is carried")
			}
			e.RedirectHTTPS = true
		case m.Type == "redirectscheme" && option == "port":
			if o.Value != "443" {
				say(o, false, "the gateway redirects to its own HTTPS port")
			}
		case m.Type == "redirectscheme":
		case m.Type == "headers":
			e.header(option, name, o, say)
		case slices.Contains(doors, m.Type):
			say(o, true, fmt.Sprintf("the gateway cannot do %s, and without it everyone would be let in", m.Type))
			return problems
		case slices.Contains(rewriters, m.Type):
			say(o, true, fmt.Sprintf("the gateway cannot do %s", m.Type))
			return problems
		default:
			say(o, false, fmt.Sprintf("the gateway has no %s; it is left out", m.Type))
			return problems
		}
	}
	return problems
}

// Chain lists the middlewares that one of type chain stands for.
func (m *Middleware) Chain() ([]string, bool) {
	if m.Type != "chain" {
		return nil, false
	}
	for name, o := range m.Options {
		if strings.EqualFold(name, "middlewares") {
			return list(o.Value), true
		}
	}
	return nil, true
}

// secure are the security headers that Traefik has names for.
var secure = map[string]struct{ header, value string }{
	"framedeny":               {"X-Frame-Options", "DENY"},
	"contenttypenosniff":      {"X-Content-Type-Options", "nosniff"},
	"browserxssfilter":        {"X-XSS-Protection", "1; mode=block"},
	"customframeoptionsvalue": {"X-Frame-Options", ""},
	"referrerpolicy":          {"Referrer-Policy", ""},
	"contentsecuritypolicy":   {"Content-Security-Policy", ""},
	"permissionspolicy":       {"Permissions-Policy", ""},
}

func (e *Effects) header(option, name string, o Option, say func(Option, bool, string)) {
	_, custom, _ := strings.Cut(name, ".")
	switch {
	case strings.HasPrefix(option, "customrequestheaders.") && custom != "":
		e.set(&e.RequestHeaders, custom, o.Value)
	case strings.HasPrefix(option, "customresponseheaders.") && custom != "":
		e.set(&e.ResponseHeaders, custom, o.Value)
	case secure[option].header != "":
		s := secure[option]
		on, err := strconv.ParseBool(o.Value)
		if s.value == "" {
			e.set(&e.ResponseHeaders, s.header, o.Value)
		} else if err == nil && on {
			e.set(&e.ResponseHeaders, s.header, s.value)
		}
	case option == "sslredirect":
		e.RedirectHTTPS = e.RedirectHTTPS || o.Value == "true"
	case option == "stsseconds":
		e.set(&e.ResponseHeaders, "Strict-Transport-Security", "max-age="+o.Value)
	case option == "stsincludesubdomains" || option == "stspreload" || option == "forcestsheader":
		if o.Value == "true" && option != "forcestsheader" {
			say(o, false, "write the whole header with customresponseheaders.Strict-Transport-Security")
		}
	case strings.HasPrefix(option, "accesscontrol"):
		say(o, true, "the gateway does not answer CORS; let the service do it")
	default:
		say(o, false, "the gateway does not set this header")
	}
}

func (e *Effects) set(headers *map[string]string, name, value string) {
	if *headers == nil {
		*headers = map[string]string{}
	}
	(*headers)[name] = value
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
