package config

import (
	"fmt"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// namespaceMissing finds namespaces that objects are in and nothing makes: one finding for each namespace.
func namespaceMissing(p *rule.Pass) {
	count, first := map[string]int{}, map[string]*objects.Object{}
	var order []string
	for _, o := range p.Application().Objects {
		ns := o.Namespace()
		if ns == "" || o.Placed || o.Given || known.Composed(o) {
			continue
		}
		if _, here := p.Namespaces()[ns]; here {
			continue
		}
		if count[ns]++; count[ns] == 1 {
			order, first[ns] = append(order, ns), o
		}
	}
	for _, ns := range order {
		others := ""
		if n := count[ns] - 1; n > 0 {
			others = fmt.Sprintf(" and %d other %s", n, plural(n, "object", "objects"))
		}
		p.Report(first[ns], "metadata.namespace", "nothing creates the namespace %s, which this%s %s in%s", ns, others, plural(count[ns], "is", "are"), meant(p, ns)).
			Advise(fmt.Sprintf("add the Namespace %s, or correct the name; if a command makes it, give the script with --with", ns)).
			Show(fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n", ns))
	}
}

// meant finds a described namespace that looks like one that is missing.
func meant(p *rule.Pass, ns string) string {
	for i, o := range p.OfKind("Namespace") {
		if i > 200 {
			break
		}
		if strings.Contains(o.Name(), ns) || strings.Contains(ns, o.Name()) {
			return fmt.Sprintf("; there is %s: did you mean that?", o.Name())
		}
	}
	if o := known.Nearest(p.Graph, "Namespace", "", ns); o != nil {
		return fmt.Sprintf("; there is %s: did you mean that?", o.Name())
	}
	return ""
}
