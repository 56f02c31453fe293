package security

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

func checkWildcards(p *rule.Pass) {
	holders := clusterWide(p)
	for _, o := range p.OfKind("Role") {
		if r, ok := o.Object.(*rbacv1.Role); ok {
			reportRole(p, o, r.Rules, false)
		}
	}
	for _, o := range p.OfKind("ClusterRole") {
		if r, ok := o.Object.(*rbacv1.ClusterRole); ok && r.AggregationRule == nil {
			reportRole(p, o, r.Rules, holders[o.Name()])
		}
	}
}

// clusterWide tells for each ClusterRole whether an account has it in all namespaces whose program is not known to need
// the API: an ingress controller or an operator reads the secrets of all namespaces, for that is its purpose.
func clusterWide(p *rule.Pass) map[string]bool {
	known := map[account]bool{}
	for _, w := range p.Workloads() {
		if runs(w.Pod, callers) {
			known[account{w.Namespace(), accountOf(w.Pod)}] = true
		}
	}
	held := map[string]bool{}
	eachBinding(p, func(b binding) {
		if !b.cluster || b.role.Kind != "ClusterRole" {
			return
		}
		for _, s := range b.subjects {
			if s.Kind == rbacv1.ServiceAccountKind && !known[account{b.namespaceOf(s), s.Name}] {
				held[b.role.Name] = true
			}
		}
	})
	return held
}

func reportRole(p *rule.Pass, o *objects.Object, rules []rbacv1.PolicyRule, everywhere bool) {
	var list []string
	field := ""
	for i, r := range rules {
		text := excess(r, everywhere)
		if text == "" || slices.Contains(list, text) {
			continue
		}
		list = append(list, text)
		if field == "" {
			field = indexed("rules", i)
		}
	}
	if len(list) > 0 {
		p.Report(o, field, "the role grants %s", strings.Join(list, ", "))
	}
}

// excess says what a rule grants that leads to everything else.
func excess(r rbacv1.PolicyRule, everywhere bool) string {
	verb := func(names ...string) string {
		for _, n := range names {
			if slices.Contains(r.Verbs, n) {
				return n
			}
		}
		return ""
	}
	all := slices.Contains(r.Resources, "*")
	core := slices.Contains(r.APIGroups, "") || slices.Contains(r.APIGroups, "*")
	rbac := slices.Contains(r.APIGroups, rbacv1.GroupName) || slices.Contains(r.APIGroups, "*")
	secrets := core && (all || slices.Contains(r.Resources, "secrets"))
	switch {
	case len(r.Resources) == 0:
		return ""
	case all && verb("*") != "" && (core || rbac):
		return "every verb on every resource"
	case rbac && verb("escalate", "bind") != "":
		return verb("escalate", "bind") + " on roles"
	case verb("impersonate") != "" && slices.ContainsFunc(r.Resources, func(s string) bool {
		return all || s == "users" || s == "groups" || s == "serviceaccounts"
	}):
		return "impersonate"
	case secrets && everywhere && len(r.ResourceNames) == 0 && verb("get", "list", "watch", "*") != "":
		return "the secrets of all namespaces"
	case rbac && verb("*", "create", "update", "patch") != "" && all:
		return "writing every resource of " + rbacv1.GroupName
	}
	return ""
}
