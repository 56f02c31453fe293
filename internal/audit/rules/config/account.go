package config

import (
	"fmt"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
)

// accountMissing finds pods that run as a ServiceAccount that nothing makes.
func accountMissing(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	for _, w := range p.Workloads() {
		name := w.Pod.ServiceAccountName
		if name == "" {
			name = w.Pod.DeprecatedServiceAccount
		}
		if name == "" || name == "default" || p.Find("ServiceAccount", w.Namespace(), name) != nil || made.Make(w.Namespace(), name) {
			continue
		}
		p.Report(w.Object, w.Path+".serviceAccountName", "there is no ServiceAccount %s in namespace %s%s", name, w.Namespace(), hint(p, "ServiceAccount", w.Namespace(), name)).
			Show(fmt.Sprintf("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: %s\n  namespace: %s\n", name, w.Namespace()))
	}
}
