package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/audit/rules/reach"
	"github.com/slipway-sh/slipway/internal/objects"
)

// cut is everyone who is shut out of, or in, the same pods.
type cut struct {
	at  *objects.Workload
	in  bool
	who []string
}

// cutsOffUsers finds those who must reach pods and may not: one finding for each workload that is closed to them, and
// for each that is kept from leaving.
func cutsOffUsers(p *rule.Pass) {
	policies := reach.New(p.Graph)
	inside := gateways(p)
	var order []*cut
	cuts := map[*objects.Object]map[bool]*cut{}
	add := func(w *objects.Workload, in bool, text string) {
		if cuts[w.Object] == nil {
			cuts[w.Object] = map[bool]*cut{}
		}
		c := cuts[w.Object][in]
		if c == nil {
			c = &cut{at: w, in: in}
			cuts[w.Object][in] = c
			order = append(order, c)
		}
		if !slices.Contains(c.who, text) {
			c.who = append(c.who, text)
		}
	}
	others := otherPolicies(p)
	for _, n := range needs(p) {
		if others[n.to.Namespace()] || n.from != nil && others[n.from.Namespace()] {
			continue // policies of a network plugin may allow what these do not
		}
		if !entersSomehow(policies, inside, n) {
			add(n.to, true, fmt.Sprintf("%s on port %d", n.who, n.port))
		}
		if n.from != nil && !policies.Leaves(n.from, n.to, n.port, n.protocol) {
			add(n.from, false, fmt.Sprintf("port %d of %s", n.port, name(n.to)))
		}
	}
	for _, c := range order {
		if c.in {
			report(p, policies.Ingress(c.at), "spec.ingress", "%s is closed to %s: no policy that chooses it lets that in", name(c.at), c.who)
		} else {
			report(p, policies.Egress(c.at), "spec.egress", "%s cannot reach %s: no policy that chooses it lets that out", name(c.at), c.who)
		}
	}
}

// otherPolicies are the namespaces with policies of a network plugin's own kind; "" stands for all.
func otherPolicies(p *rule.Pass) map[string]bool {
	found := map[string]bool{}
	for _, kind := range []string{"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy", "NetworkPolicy"} {
		for _, o := range p.OfKind(kind) {
			if o.Custom() != nil {
				found[o.Namespace()] = true
			}
		}
	}
	if found[""] {
		for ns := range p.Namespaces() {
			found[ns] = true
		}
	}
	return found
}

// entersSomehow asks for the source, or, for one that the files may not describe, for anyone it could be.
func entersSomehow(policies *reach.Policies, inside []*objects.Workload, n need) bool {
	if policies.Enters(n.source, n.to, n.port, n.protocol) {
		return true
	}
	if !n.source.Elsewhere {
		return false
	}
	for _, w := range inside {
		if policies.Enters(reach.From(w), n.to, n.port, n.protocol) {
			return true
		}
	}
	return false
}

// report puts a finding at the policy that is the most for these pods: one that does not choose all.
func report(p *rule.Pass, closing []*objects.Object, field, format, who string, cut []string) {
	at := closing[0]
	for _, o := range closing {
		if !empty(&reach.Of(o).Spec.PodSelector) {
			at = o
			break
		}
	}
	const most = 4
	if len(cut) > most {
		cut = append(slices.Clone(cut[:most]), fmt.Sprintf("%d others", len(cut)-most))
	}
	p.Report(at, field, format, who, strings.Join(cut, ", "))
}

// blocksDNS finds pods that are told names of servers and may not ask what they mean: one finding for each namespace.
func blocksDNS(p *rule.Pass) {
	policies := reach.New(p.Graph)
	var order []string
	first, stuck := map[string]*objects.Object{}, map[string][]string{}
	for _, w := range p.Workloads() {
		closing := policies.Egress(w)
		if w.Given || len(closing) == 0 || policies.Resolves(w) || !connects(p, w) {
			continue
		}
		ns := w.Namespace()
		if first[ns] == nil {
			order, first[ns] = append(order, ns), closing[0]
		}
		stuck[ns] = append(stuck[ns], name(w))
	}
	for _, ns := range order {
		report(p, []*objects.Object{first[ns]}, "spec.egress", "%s no way to DNS (port 53, UDP) for %s, which are told names of servers", "it leaves", stuck[ns])
	}
}

// closed are kinds of policies of network plugins, which do the same.
var closed = []string{"NetworkPolicy", "CiliumNetworkPolicy", "GlobalNetworkPolicy", "CiliumClusterwideNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"}

// noPolicy finds namespaces in which every pod may be reached by all: one finding for each.
func noPolicy(p *rule.Pass) {
	has := map[string]bool{"kube-system": true}
	for _, kind := range closed {
		for _, o := range p.OfKind(kind) {
			if has[o.Namespace()] = true; o.Namespace() == "" {
				return
			}
		}
	}
	for _, w := range p.Workloads() {
		ns := w.Namespace()
		if has[ns] || w.Given || known.Composed(w.Object) {
			continue
		}
		has[ns] = true
		at, field := w.Object, "metadata.namespace"
		if o := p.Find("Namespace", "", ns); o != nil && !o.Given {
			at, field = o, "metadata.name"
		}
		p.Report(at, field, "namespace %s has no NetworkPolicy: every pod of the cluster may connect to its pods", ns).Show(fmt.Sprintf(denyAll, ns))
	}
}

const denyAll = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: %s
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
`

// noEgressPolicy finds namespaces whose policies close the way in alone: one finding for each. Of a Compose project the
// networks say that, and they have no such notion.
func noEgressPolicy(p *rule.Pass) {
	first, out := map[string]*objects.Object{}, map[string]bool{}
	var order []string
	for _, kind := range closed {
		for _, o := range p.OfKind(kind) {
			ns := o.Namespace()
			if first[ns] == nil {
				order, first[ns] = append(order, ns), o
			}
			v := reach.Of(o)
			if v == nil || known.Composed(o) {
				out[ns] = true
				continue
			}
			_, egress := reach.Types(v)
			out[ns] = out[ns] || egress
		}
	}
	for _, ns := range order {
		if !out[ns] && len(p.InNamespace(ns)) > 0 {
			p.Report(first[ns], "spec.policyTypes", "the policies of namespace %s restrict who comes in, and none where its pods connect to", ns)
		}
	}
}
