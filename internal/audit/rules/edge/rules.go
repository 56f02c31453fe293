package edge

import (
	"embed"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const (
	ingressDoc = "https://kubernetes.io/docs/concepts/services-networking/ingress/"
	traefikDoc = "https://doc.traefik.io/traefik/"
	migration  = "https://doc.traefik.io/traefik/v2.11/migration/v1-to-v2/"
)

// Rules are the rules of this room.
var Rules = append(append(routeRules, certificateRules...), outsideRules...)

// routeRules are about ways in that lead nowhere.
var routeRules = []*rule.Rule{
	{ID: "ingress-service-missing", Severity: rule.Broken, Title: "A route sends to a Service that is not there", Check: serviceMissing,
		Why:     "Every request of it is answered with 404, 500 or 503; some controllers drop the whole object. A Service counts in the namespace of the route.",
		Advice:  "add the Service in the namespace of the route, or name one that is there",
		Sources: []string{ingressDoc + "#the-ingress-resource"}},
	{ID: "ingress-port-missing", Severity: rule.Broken, Title: "A route sends to a port that the Service does not have", Check: portMissing,
		Why:     "A route names a port of the Service, not of the container. Every request of it is answered with an error.",
		Advice:  "name a port of the Service",
		Sources: []string{ingressDoc + "#the-ingress-resource"}},
	{ID: "middleware-missing", Severity: rule.Broken, Title: "A route goes through a middleware that is not there", Check: wareMissing,
		Why:     "Traefik does not serve the route at all: a redirect, a password or a limit that cannot be applied is not passed over.",
		Advice:  "add the Middleware in the namespace of the route, or name one that is there",
		Sources: []string{traefikDoc + "reference/routing-configuration/kubernetes/crd/http/middleware/"}},
	{ID: "ingress-path-glob", Severity: rule.Broken, Title: "A path ends in a star that matches only itself", Check: pathGlob, Fixes: true,
		Why:     "Exact and Prefix know no wildcards: what is below the path is not found, and nothing says so.",
		Advice:  "use pathType Prefix and the path without the star, which matches everything below it",
		Sources: []string{ingressDoc + "#path-types"}},
	{ID: "ingress-twice", Severity: rule.Broken, Title: "Two Ingresses send the same host and path to different Services", Check: twice,
		Why:     "Which of them is served depends on the controller, often on which is older; the other never is.",
		Advice:  "leave out one of them, or give it another path",
		Sources: []string{ingressDoc + "#multiple-matches"}},
	{ID: "ingress-class-missing", Severity: rule.Risk, Title: "An Ingress names no class", Check: classMissing,
		Why:     "Unless the cluster has a default class, no controller takes it; where there are two, both may.",
		Advice:  "name the class of your controller: ingressClassName",
		Sources: []string{ingressDoc + "#ingress-class"}},
	{ID: "ingress-class-annotation", Severity: rule.Risk, Title: "An Ingress names its class by a deprecated annotation", Check: classAnnotated, Fixes: true,
		Why:     "The annotation was never defined for all controllers and newer ones do not read it; with it, the default class is not considered either.",
		Advice:  "use spec.ingressClassName, and have an IngressClass of that name",
		Sources: []string{ingressDoc + "#deprecated-annotation"}},
}

// certificateRules are about TLS.
var certificateRules = []*rule.Rule{
	{ID: "ingress-without-tls", Severity: rule.Risk, Title: "An Ingress has no certificate", Check: withoutTLS,
		Why:     "Passwords and sessions cross the network in the clear, unless something in front of the controller ends TLS.",
		Advice:  "add spec.tls with the hosts and a Secret, which cert-manager can keep",
		Sources: []string{ingressDoc + "#tls"}},
	{ID: "ingress-tls-secret", Severity: rule.Broken, Title: "The certificate of an Ingress is not there", Check: tlsSecret,
		Why:     "The controller serves its own self-signed certificate, which browsers refuse, or nothing on port 443.",
		Advice:  "create the Secret of type kubernetes.io/tls in the namespace of the Ingress; if a command makes it, give the script with --with",
		Sources: []string{ingressDoc + "#tls"}},
	{ID: "ingress-tls-host", Severity: rule.Broken, Title: "A certificate is for a host that no rule serves", Check: tlsHost,
		Why:     "The hosts under tls must be those of the rules: the one has a certificate and no route, the other a route and no certificate.",
		Advice:  "make the hosts the same",
		Sources: []string{ingressDoc + "#tls"}},
	{ID: "private-domain-certificate", Severity: rule.Broken, Title: "A certificate is asked for of a public authority for a private name", Check: privateResolver,
		Why:     "Public authorities verify a name in public DNS and may not issue for others: the request fails again and again, and a self-signed certificate is served.",
		Advice:  "use a name below a public domain with the DNS challenge, or a certificate of an authority of your own (tls.secretName)",
		Sources: []string{"https://letsencrypt.org/docs/challenge-types/", "https://cabforum.org/working-groups/server/baseline-requirements/requirements/"}},
	{ID: "http-without-redirect", Severity: rule.Risk, Title: "A route serves plain HTTP and does not redirect", Check: withoutRedirect,
		Why:     "Who types the name without https stays on it, with password and session in the clear.",
		Advice:  "add a Middleware with redirectScheme, or redirect at the entry point",
		Sources: []string{traefikDoc + "reference/routing-configuration/http/middlewares/redirectscheme/"}},
	{ID: "acme-storage-lost", Severity: rule.Risk, Title: "Certificates are kept where they are lost with the pod", Check: acmeLost,
		Why:     "Every restart asks for all certificates anew; after five of the same within a week Let's Encrypt issues no more, and the site is without a certificate for days.",
		Advice:  "put the file on a PersistentVolumeClaim, or let cert-manager keep certificates in Secrets",
		Sources: []string{"https://letsencrypt.org/docs/rate-limits/", traefikDoc + "reference/install-configuration/tls/certificate-resolvers/acme/"}},
	{ID: "traefik-version-configuration", Severity: rule.Broken, Title: "Configuration of a version of Traefik that cannot read these objects", Check: firstVersion,
		Why:     "Traefik 1 watches only Ingresses of an API that Kubernetes 1.22 removed, and later versions do not know its options: it does not start, or serves nothing.",
		Advice:  "use a maintained version, and write its configuration anew: entryPoints with redirections, certificatesResolvers, providers.kubernetesIngress",
		Sources: []string{migration, "https://kubernetes.io/docs/reference/using-api/deprecation-guide/#ingress-v122"}},
}

// outsideRules are about what is reached from outside and ought not to be.
var outsideRules = []*rule.Rule{
	{ID: "admin-exposed", Severity: rule.Risk, Title: "An interface of administration is reached from outside", Check: adminExposed,
		Why:     "It asks for the password of the database at most, as often as one likes to guess, and its own faults are known and searched for.",
		Advice:  "take the route away and use kubectl port-forward, or ask for a password or an address range at the route",
		Compose: "take its labels or published port away, or ask for a password at the proxy",
		Sources: []string{"https://cheatsheetseries.owasp.org/cheatsheets/Kubernetes_Security_Cheat_Sheet.html", "https://nvd.nist.gov/vuln/detail/CVE-2021-21311"}},
	{ID: "load-balancer-inner-port", Severity: rule.Risk, Title: "A Service opens a port to the outside that is for the inside", Check: innerPort,
		Why:     "A load balancer has a public address by default: databases and administration are found there by scanners within hours.",
		Advice:  "leave it to a Service of type ClusterIP of its own, or allow known addresses with loadBalancerSourceRanges",
		Compose: "publish it on 127.0.0.1 only, or not at all: services of a project reach each other without",
		Sources: []string{"https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer", "https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/"}},
	{ID: "traefik-insecure-api", Severity: rule.Risk, Title: "Traefik's API is open without a password", Check: insecureAPI,
		Why:     "Every pod, and whoever reaches the port, sees all routes, their certificates' names and middlewares.",
		Advice:  "leave api.insecure out, and serve api@internal by a route with a password",
		Sources: []string{traefikDoc + "reference/install-configuration/api-dashboard/"}},
}
