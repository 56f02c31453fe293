package security

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// snippets are annotations whose text goes into the controller's configuration as it is.
var snippets = []string{"configuration-snippet", "server-snippet", "auth-snippet", "stream-snippet", "modsecurity-snippet"}

func checkSnippets(p *rule.Pass) {
	for _, o := range p.OfKind("Ingress") {
		v, ok := o.Object.(*networkingv1.Ingress)
		if !ok {
			continue
		}
		var found []string
		for k := range v.Annotations {
			if name, ours := strings.CutPrefix(k, "nginx.ingress.kubernetes.io/"); ours && slices.Contains(snippets, name) {
				found = append(found, name)
			}
		}
		if slices.Sort(found); len(found) > 0 {
			p.Report(o, keyed("metadata.annotations", "nginx.ingress.kubernetes.io/"+found[0]), "the Ingress has a %s", strings.Join(found, ", "))
		}
	}
}

func checkExternalIPs(p *rule.Pass) {
	for _, o := range p.OfKind("Service") {
		if v, ok := o.Object.(*corev1.Service); ok && len(v.Spec.ExternalIPs) > 0 {
			p.Report(o, "spec.externalIPs", "the Service claims %s", some(v.Spec.ExternalIPs))
		}
	}
}
