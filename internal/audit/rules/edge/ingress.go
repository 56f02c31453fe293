package edge

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const classAnnotation = "kubernetes.io/ingress.class"

// ingresses visits the Ingresses of the files.
func ingresses(p *rule.Pass, visit func(o *objects.Object, v *networkingv1.Ingress)) {
	for _, o := range p.OfKind("Ingress") {
		if v, ok := o.Object.(*networkingv1.Ingress); ok && !o.Given {
			visit(o, v)
		}
	}
}

// pathGlob finds paths that end in /*, which mean a star to all but a few controllers of their own.
func pathGlob(p *rule.Pass) {
	ingresses(p, func(o *objects.Object, v *networkingv1.Ingress) {
		for i := range v.Spec.Rules {
			if v.Spec.Rules[i].HTTP == nil {
				continue
			}
			paths := v.Spec.Rules[i].HTTP.Paths
			for j := range paths {
				if !strings.Contains(paths[j].Path, "*") || typeOf(paths[j].PathType) == networkingv1.PathTypeImplementationSpecific && !literal(v) {
					continue
				}
				globbed(p, o, paths, j, fmt.Sprintf("spec.rules[%d].http.paths[%d]", i, j))
			}
		}
	})
}

// literal says that the controller of an Ingress takes a path as the beginning of what is asked for, and a star in it for
// a star.
func literal(v *networkingv1.Ingress) bool {
	class := v.Annotations[classAnnotation]
	if v.Spec.IngressClassName != nil {
		class = *v.Spec.IngressClassName
	}
	for k := range v.Annotations {
		if strings.HasSuffix(k, "/use-regex") || strings.HasSuffix(k, "/rewrite-target") || strings.Contains(k, "rule.type") {
			return false
		}
	}
	return strings.Contains(class, "traefik") || strings.Contains(class, "nginx")
}

func globbed(p *rule.Pass, o *objects.Object, paths []networkingv1.HTTPIngressPath, j int, at string) {
	path := paths[j].Path
	f := p.Report(o, at+".path", "the path %s is taken as it stands: it does not match %sx", path, strings.TrimSuffix(path, "*"))
	base, ok := strings.CutSuffix(path, "/*")
	if !ok || strings.Contains(base, "*") || typeOf(paths[j].PathType) == networkingv1.PathTypeExact {
		return
	}
	if base == "" {
		base = "/"
	}
	for k := range paths {
		if k != j && paths[k].Path == base {
			f.Advise(fmt.Sprintf("leave this path out: %s is there already and matches what is below it", base))
			if same(&paths[k].Backend, &paths[j].Backend) {
				f.Remove(at)
			}
			return
		}
	}
	f.Set(at+".path", base)
}

func same(a, b *networkingv1.IngressBackend) bool {
	return a.Service != nil && b.Service != nil && *a.Service == *b.Service
}

// classMissing finds Ingresses that name no class while the files describe none as the default.
func classMissing(p *rule.Pass) {
	for _, c := range p.OfKind("IngressClass") {
		if c.Meta().GetAnnotations()[networkingv1.AnnotationIsDefaultIngressClass] == "true" {
			return
		}
	}
	ingresses(p, func(o *objects.Object, v *networkingv1.Ingress) {
		if v.Spec.IngressClassName == nil && v.Annotations[classAnnotation] == "" && !known.Composed(o) { // that, whoever delivers a project adds
			p.Report(o, "spec.ingressClassName", "names no class of ingress controllers, and no IngressClass here is the default one")
		}
	})
}

// classAnnotated finds Ingresses that name their class by the annotation of old.
func classAnnotated(p *rule.Pass) {
	ingresses(p, func(o *objects.Object, v *networkingv1.Ingress) {
		class, there := v.Annotations[classAnnotation]
		if !there || class == "gce" || class == "gce-internal" { // which Google's controller knows by the annotation alone
			return
		}
		f := p.Report(o, "metadata.annotations["+classAnnotation+"]", "names its class %s by the annotation %s, which is deprecated", class, classAnnotation)
		if class == "" || v.Spec.IngressClassName != nil && *v.Spec.IngressClassName != class {
			return
		}
		if len(v.Annotations) == 1 {
			f.Remove("metadata.annotations")
		} else {
			f.Remove("metadata.annotations[" + classAnnotation + "]")
		}
		if v.Spec.IngressClassName == nil {
			f.Set("spec.ingressClassName", class)
		}
	})
}

// withoutTLS finds Ingresses without a certificate.
func withoutTLS(p *rule.Pass) {
	ingresses(p, func(o *objects.Object, v *networkingv1.Ingress) {
		if len(v.Spec.TLS) > 0 || issued(v) || known.Composed(o) {
			return
		}
		var hosts []string
		for _, r := range v.Spec.Rules {
			if r.Host != "" && !slices.Contains(hosts, r.Host) {
				hosts = append(hosts, r.Host)
			}
		}
		who := strings.Join(hosts, ", ")
		if who == "" {
			who = "every host"
		}
		p.Report(o, "spec.tls", "%s is served without TLS", who)
	})
}

// issued says that a controller takes the certificate from elsewhere.
func issued(v *networkingv1.Ingress) bool {
	for k := range v.Annotations {
		for _, word := range []string{"certificate-arn", "managed-certificates", "pre-shared-cert", "router.tls", "appgw-ssl-certificate", "ssl-cert", "tls-acme"} {
			if strings.Contains(k, word) {
				return true
			}
		}
	}
	return false
}

// byIssuer says that cert-manager, or something like it, makes the Secrets that an Ingress names.
func byIssuer(v *networkingv1.Ingress) bool {
	for k := range v.Annotations {
		if strings.HasPrefix(k, "cert-manager.io/") || strings.HasPrefix(k, "certmanager.k8s.io/") || strings.HasPrefix(k, "acme.cert-manager.io/") || k == "kubernetes.io/tls-acme" {
			return true
		}
	}
	return false
}

// tlsSecret finds certificates of Ingresses that are not there, or are in a Secret of another sort: one finding for each
// Ingress.
func tlsSecret(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	ingresses(p, func(o *objects.Object, v *networkingv1.Ingress) {
		for i, t := range v.Spec.TLS {
			if t.SecretName == "" || byIssuer(v) || made.Make(o.Namespace(), t.SecretName) {
				continue
			}
			field := fmt.Sprintf("spec.tls[%d].secretName", i)
			s := p.Find("Secret", o.Namespace(), t.SecretName)
			if s == nil {
				near := ""
				if e := known.Elsewhere(p.Graph, "Secret", o.Namespace(), t.SecretName); e != nil {
					near = fmt.Sprintf("; there is one of that name in namespace %s, which does not count here", e.Namespace())
				}
				p.Report(o, field, "there is no Secret %s in namespace %s, and nothing here makes it%s", t.SecretName, o.Namespace(), near)
				continue
			}
			if has, ok := known.Data(s); ok {
				if missing := lacks(has); missing != "" {
					p.Report(o, field, "Secret %s has no %s, and so holds no certificate", t.SecretName, missing)
				}
			}
		}
	})
}

func lacks(has map[string]string) string {
	for _, k := range []string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey} {
		if _, ok := has[k]; !ok {
			return k
		}
	}
	return ""
}

// tlsHost finds hosts with a certificate and no rule, or with rules and no certificate beside those that have one.
func tlsHost(p *rule.Pass) {
	ingresses(p, func(o *objects.Object, v *networkingv1.Ingress) {
		ruled := map[string]bool{}
		for _, r := range v.Spec.Rules {
			ruled[r.Host] = true
		}
		if ruled[""] || len(v.Spec.Rules) == 0 {
			return
		}
		for i, t := range v.Spec.TLS {
			for j, h := range t.Hosts {
				if !covered(h, ruled) {
					p.Report(o, fmt.Sprintf("spec.tls[%d].hosts[%d]", i, j), "%s has a certificate here and no rule; the rules are for %s", h, hostsOf(v))
				}
			}
		}
	})
}

func covered(host string, ruled map[string]bool) bool {
	if ruled[host] {
		return true
	}
	for r := range ruled {
		if rest, ok := strings.CutPrefix(host, "*"); ok && strings.HasSuffix(r, rest) {
			return true
		}
		if rest, ok := strings.CutPrefix(r, "*"); ok && strings.HasSuffix(host, rest) {
			return true
		}
	}
	return false
}

func hostsOf(v *networkingv1.Ingress) string {
	var all []string
	for _, r := range v.Spec.Rules {
		if !slices.Contains(all, r.Host) {
			all = append(all, r.Host)
		}
	}
	return strings.Join(all, ", ")
}

// twice finds the same host and path in two Ingresses, or twice in one.
func twice(p *rule.Pass) {
	type way struct{ class, host, path, sort string }
	first := map[way]*objects.Object{}
	backend := map[way]string{}
	ingresses(p, func(o *objects.Object, v *networkingv1.Ingress) {
		class := v.Annotations[classAnnotation]
		if v.Spec.IngressClassName != nil {
			class = *v.Spec.IngressClassName
		}
		for k := range v.Annotations {
			if strings.Contains(k, "canary") {
				return
			}
		}
		for i, r := range v.Spec.Rules {
			if r.HTTP == nil {
				continue
			}
			for j, path := range r.HTTP.Paths {
				w := way{class, r.Host, path.Path, string(typeOf(path.PathType))}
				to := ""
				if path.Backend.Service != nil {
					to = fmt.Sprint(o.Namespace(), "/", path.Backend.Service.Name, path.Backend.Service.Port)
				}
				other := first[w]
				if other == nil {
					first[w], backend[w] = o, to
					continue
				}
				if backend[w] != to {
					p.Report(o, fmt.Sprintf("spec.rules[%d].http.paths[%d]", i, j), "%s%s is sent elsewhere by %s at %s", or(r.Host, "*"), path.Path, other.Title(), other.Origin)
				}
			}
		}
	})
}

func typeOf(t *networkingv1.PathType) networkingv1.PathType {
	if t == nil {
		return networkingv1.PathTypeImplementationSpecific
	}
	return *t
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
