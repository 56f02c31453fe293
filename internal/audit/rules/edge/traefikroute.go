package edge

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// ingressRoutes visits Traefik's routes.
func ingressRoutes(p *rule.Pass, visit func(o *objects.Object, spec map[string]any)) {
	for _, o := range p.OfKind("IngressRoute") {
		if o.Custom() != nil && !o.Given {
			visit(o, known.Map(o.Custom(), "spec"))
		}
	}
}

// privateResolver finds routes that have a certificate issued for a name that no public authority may issue for: one
// finding for each route.
func privateResolver(p *rule.Pass) {
	ingressRoutes(p, func(o *objects.Object, spec map[string]any) {
		tls := known.Map(spec, "tls")
		resolver := known.Text(tls["certResolver"])
		if resolver == "" {
			return
		}
		var private []string
		for _, h := range append(hostsOfRoute(spec), domains(tls)...) {
			if !public(h) && !slices.Contains(private, h) {
				private = append(private, h)
			}
		}
		if len(private) > 0 && !ownAuthority(p) {
			p.Report(o, "spec.tls.certResolver", "resolver %s cannot get a certificate for %s: no public authority issues for a name that is not in public DNS", resolver, strings.Join(private, ", "))
		}
	})
	ingresses(p, privateIngress(p))
}

func hostsOfRoute(spec map[string]any) []string {
	var all []string
	for _, r := range known.Maps(spec["routes"]) {
		all = append(all, known.MatchHosts(known.Text(r["match"]))...)
	}
	return all
}

func domains(tls map[string]any) []string {
	var all []string
	for _, d := range known.Maps(tls["domains"]) {
		if main := known.Text(d["main"]); main != "" {
			all = append(all, main)
		}
		if sans, ok := d["sans"].([]any); ok {
			for _, s := range sans {
				if text, ok := s.(string); ok {
					all = append(all, text)
				}
			}
		}
	}
	return all
}

// ownAuthority says that Traefik is configured to ask an authority of one's own.
func ownAuthority(p *rule.Pass) bool {
	for _, c := range configurations(p) {
		if strings.Contains(strings.ToLower(c.text), "caserver") && !strings.Contains(c.text, "letsencrypt.org") {
			return true
		}
	}
	return false
}

// special are endings that the rules of DNS keep from ever being public.
var special = map[string]bool{"local": true, "localhost": true, "internal": true, "test": true, "example": true, "invalid": true, "onion": true, "home.arpa": true}

// public says that a name may be in public DNS: its ending is on the list of public suffixes.
func public(host string) bool {
	host = strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(host), "*."), ".")
	if strings.ContainsAny(host, "{}$()`") {
		return true // not known
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	suffix, managed := publicsuffix.PublicSuffix(host)
	return strings.Contains(host, ".") && !special[suffix] && !strings.HasSuffix(host, ".home.arpa") && (managed || strings.Contains(suffix, "."))
}

// wares are the middlewares that a rule of Traefik's goes through.
func wares(p *rule.Pass, o *objects.Object, route map[string]any) []map[string]any {
	var all []map[string]any
	for _, m := range known.Maps(route["middlewares"]) {
		name, _, _ := strings.Cut(known.Text(m["name"]), "@")
		ns := or(known.Text(m["namespace"]), o.Namespace())
		if ware := middleware(p, ns, name); ware != nil {
			all = append(all, known.Map(ware.Custom(), "spec"))
		} else {
			all = append(all, map[string]any{"unknown": name})
		}
	}
	return all
}

// httpEntry are the usual names of the entry point for plain HTTP.
var httpEntry = map[string]bool{"web": true, "http": true}

// withoutRedirect finds routes that serve plain HTTP and do not send people on to HTTPS.
func withoutRedirect(p *rule.Pass) {
	redirected := false
	for _, c := range configurations(p) {
		text := strings.ToLower(c.text)
		redirected = redirected || strings.Contains(text, "redirections") || strings.Contains(text, "http.redirect") || strings.Contains(text, "redirectto")
	}
	if redirected {
		return
	}
	ingressRoutes(p, func(o *objects.Object, spec map[string]any) {
		points, _ := spec["entryPoints"].([]any)
		plain := len(points) > 0 && spec["tls"] == nil
		for _, e := range points {
			name, _ := e.(string)
			plain = plain && httpEntry[strings.ToLower(name)]
		}
		if !plain {
			return
		}
		for i, r := range known.Maps(spec["routes"]) {
			if !redirects(wares(p, o, r)) && !strings.Contains(known.Text(r["match"]), ".well-known") {
				p.Report(o, objects.JoinPath(objects.Step{Key: "spec", Index: -1}, objects.Step{Key: "routes", Index: -1}, objects.Step{Index: i}),
					"serves %s over plain HTTP and does not redirect to HTTPS", or(strings.Join(known.MatchHosts(known.Text(r["match"])), ", "), "all hosts"))
				return
			}
		}
	})
}

// redirects says that one of the middlewares sends on to HTTPS; one that is not here may, by its name.
func redirects(all []map[string]any) bool {
	for _, m := range all {
		_, scheme := m["redirectScheme"]
		_, regex := m["redirectRegex"]
		_, chain := m["chain"]
		if scheme || regex || chain || strings.Contains(known.Text(m["unknown"]), "redirect") || strings.Contains(known.Text(m["unknown"]), "https") {
			return true
		}
	}
	return false
}
