package upgrade

import "fmt"

// allowList is a matter of the name only.
func allowList(p *plan) { p.renamed(p.spec(), "ipWhiteList", "ipAllowList") }

// middlewareOptions are what Traefik 3 has no more: those whose loss shows are only said.
func middlewareOptions(p *plan) {
	p.dropped(p.spec().child("stripPrefix"), "forceSlash", "is gone in Traefik 3, which always leaves a slash")
	p.dropped(p.spec().child("forwardAuth", "tls"), "caOptional", "is gone in Traefik 3")
	headers := p.spec().child("headers")
	for _, o := range []struct{ key, instead string }{
		{"sslRedirect", "use a redirectScheme middleware, or the redirection of the entry point"},
		{"sslTemporaryRedirect", "use a redirectScheme middleware"},
		{"sslHost", "use a redirectRegex middleware"},
		{"sslForceHost", "use a redirectRegex middleware"},
		{"featurePolicy", "use permissionsPolicy"},
	} {
		if headers.has(o.key) {
			p.note(headers.path(o.key), fmt.Sprintf("%s has no effect in Traefik 3: %s", headers.path(o.key), o.instead))
		}
	}
}

func cipherOrder(p *plan) {
	p.dropped(p.spec(), "preferServerCipherSuites", "is gone in Traefik 3: Go orders cipher suites itself")
}
