package edge

import (
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// privateIngress finds Ingresses whose certificate a ClusterIssuer or Issuer of the files asks of Let's Encrypt for a
// name that is not public.
func privateIngress(p *rule.Pass) func(o *objects.Object, v *networkingv1.Ingress) {
	return func(o *objects.Object, v *networkingv1.Ingress) {
		issuer := p.Find("ClusterIssuer", "", v.Annotations["cert-manager.io/cluster-issuer"])
		if name := v.Annotations["cert-manager.io/issuer"]; name != "" {
			issuer = p.Find("Issuer", o.Namespace(), name)
		}
		if issuer == nil || !strings.Contains(known.Text(known.Map(known.Map(issuer.Custom(), "spec"), "acme")["server"]), "letsencrypt.org") {
			return
		}
		for i, t := range v.Spec.TLS {
			for _, h := range t.Hosts {
				if !public(h) {
					p.Report(o, fmt.Sprintf("spec.tls[%d]", i), "%s %s cannot get a certificate for %s: no public authority issues for a name that is not in public DNS",
						issuer.Kind(), issuer.Name(), h)
				}
			}
		}
	}
}
