package upgrade

import (
	"fmt"

	"github.com/slipway-sh/slipway/internal/objects"
)

// webhooks writes what admission webhooks must say now, and the one default whose change could stop a cluster.
func webhooks(p *plan) {
	said := false
	for _, w := range p.root().items("webhooks") {
		if !w.has("failurePolicy") {
			p.say(w.path("failurePolicy")+" is written as it was by default, Ignore; the default is Fail now, "+
				"which refuses requests while the webhook does not answer", w.set("failurePolicy", "Ignore"))
		}
		if s := w.text("sideEffects"); s != "None" && s != "NoneOnDryRun" {
			p.require(fmt.Sprintf("%s is required: None; write NoneOnDryRun if the webhook changes something outside the request except in a dry run",
				w.path("sideEffects")), w.set("sideEffects", "None"))
		}
		if !w.has("admissionReviewVersions") {
			p.require(w.path("admissionReviewVersions")+" is required: v1beta1, which it was by default; put v1 before it if the webhook reads that",
				w.set("admissionReviewVersions", []any{"v1beta1"}))
		}
		said = said || !w.has("matchPolicy") || !w.has("timeoutSeconds")
	}
	if said {
		p.note("webhooks", "defaults that are not those of v1beta1: matchPolicy is Equivalent (it was Exact), timeoutSeconds is 10 (it was 30)")
	}
}

// subjects drops the version that a subject had in the first version of the API.
func subjects(p *plan) {
	for _, s := range p.root().items("subjects") {
		p.dropped(s, "apiVersion", "is gone: a subject has an apiGroup")
		if s.text("kind") == "User" && s.text("name") == "*" {
			p.say(s.path("name")+" * meant everyone who is known: that is the group system:authenticated",
				s.set("kind", "Group"), s.set("name", "system:authenticated"))
		}
	}
}

func groups(p *plan) { p.renamed(p.spec(), "group", "groups") }

func usages(p *plan) {
	if spec := p.spec(); spec.here() && !spec.has("usages") {
		p.require("spec.usages is required: digital signature and key encipherment, which it was by default",
			spec.set("usages", []any{"digital signature", "key encipherment"}))
	}
}

// signer names who signs a request that is plainly for a client's certificate; for others nobody can know.
func signer(p *plan) {
	spec := p.spec()
	if !spec.here() || spec.has("signerName") {
		return
	}
	uses, _ := spec.m["usages"].([]any)
	for _, u := range uses {
		if u == "client auth" {
			p.require("spec.signerName is required: kubernetes.io/kube-apiserver-client, which signs certificates of clients",
				spec.set("signerName", "kubernetes.io/kube-apiserver-client"))
			return
		}
	}
	p.changes = append(p.changes, Change{Path: "spec.signerName", Missing: true,
		Text: "spec.signerName is required: say who is to sign, kubernetes.io/legacy-unknown signs no more"})
}

// runtimeSpec takes the fields of a RuntimeClass out of its spec.
func runtimeSpec(p *plan) {
	spec := p.spec()
	if !spec.here() {
		return
	}
	var edits []objects.Edit
	for _, f := range []struct{ old, name string }{{"runtimeHandler", "handler"}, {"overhead", "overhead"}, {"scheduling", "scheduling"}} {
		if spec.has(f.old) {
			edits = append(edits, p.root().set(f.name, written(spec.m[f.old])))
		}
	}
	p.say("a RuntimeClass has no spec now: runtimeHandler is handler, and the rest stands beside it", append(edits, p.root().remove("spec"))...)
}

// topology gives the host and the zone of an endpoint their own fields; other keys nobody reads any more.
func topology(p *plan) {
	for _, e := range p.root().items("endpoints") {
		t := e.child("topology")
		if !t.here() {
			continue
		}
		var edits []objects.Edit
		for _, f := range []struct{ label, name string }{{"kubernetes.io/hostname", "nodeName"}, {"topology.kubernetes.io/zone", "zone"}} {
			if t.has(f.label) && !e.has(f.name) {
				edits = append(edits, e.set(f.name, written(t.m[f.label])))
			}
		}
		p.say(e.path("topology")+" is nodeName and zone now", append(edits, e.remove("topology"))...)
	}
}

const concurrency = "assuredConcurrencyShares"

func shares(p *plan) { p.renamed(p.spec().child("limited"), concurrency, "nominalConcurrencyShares") }

// zeroShares keeps what 0 meant: the default.
func zeroShares(p *plan) {
	limited := p.spec().child("limited")
	if n, ok := whole(limited.m["nominalConcurrencyShares"]); ok && n == 0 {
		p.say("spec.limited.nominalConcurrencyShares 0 meant the default, 30, and means none now", limited.set("nominalConcurrencyShares", int64(30)))
	}
}

// exactly puts the fields of a device request that names one class into a field of their own.
func exactly(spec ...string) step {
	return func(p *plan) {
		for _, r := range p.root().child(spec...).child("devices").items("requests") {
			var exact objects.Ordered
			var edits []objects.Edit
			for _, key := range []string{"deviceClassName", "selectors", "allocationMode", "count", "adminAccess", "tolerations", "capacity"} {
				if r.has(key) {
					exact = append(exact, objects.KeyValue{Key: key, Value: written(r.m[key])})
					edits = append(edits, r.remove(key))
				}
			}
			if exact != nil && !r.has("exactly") {
				p.say(r.path("deviceClassName")+" and what belongs to it is in exactly now", append([]objects.Edit{r.set("exactly", exact)}, edits...)...)
			}
		}
	}
}
