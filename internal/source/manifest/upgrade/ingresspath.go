package upgrade

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// path is one path of an Ingress.
type path struct {
	place
	host    string
	rule    place
	written string
	prefix  string // without the glob
	glob    bool   // ends in /*
	typed   bool   // has a pathType
	regular bool   // has characters that only a regular expression would have
}

// paths gives every path its backend in the new shape and a type. A path without a type meant whatever the controller
// made of it, nearly always a prefix; ends in /* are how some controllers had that written.
func paths(p *plan) {
	all := pathsOf(p)
	left := map[int]int{}
	for _, a := range all {
		left[a.rule.index()]++
	}
	for i, a := range all {
		twin, same := twinOf(all, i)
		if twin != nil && same {
			if gone, ok := a.without(left); ok {
				p.say(fmt.Sprintf("%s, %s, says the same as %s now and is left out", a.path("path"), a.written, twin.path("path")), gone)
				if a.glob {
					p.changes[len(p.changes)-1].Rule = "ingress-path-glob"
				}
				continue
			}
		}
		p.backend(a.child("backend"))
		p.pathType(a, twin != nil && !same)
	}
}

func pathsOf(p *plan) []path {
	var all []path
	for _, rule := range p.spec().items("rules") {
		for _, at := range rule.child("http").items("paths") {
			a := path{place: at, host: rule.text("host"), rule: rule, written: at.text("path"), typed: at.has("pathType")}
			a.prefix, a.glob = strings.CutSuffix(a.written, "/*")
			if a.prefix == "" {
				a.prefix = "/"
			}
			a.regular = strings.ContainsAny(a.prefix, `*()[]{}|^$+?\`) || !strings.HasPrefix(a.prefix, "/")
			all = append(all, a)
		}
	}
	return all
}

// without takes a path away: from its rule, or with its rule if it was the only one there, for a rule has paths.
func (a path) without(left map[int]int) (objects.Edit, bool) {
	rule := a.rule.index()
	if left[rule] > 1 {
		left[rule]--
		return a.drop(), true
	}
	list, _ := a.rule.child("http").m["paths"].([]any)
	return a.rule.drop(), len(list) == 1
}

// twinOf finds another path of the same host that is the same prefix, and whether it leads to the same backend. Of two
// twins the one with the glob goes, of two globs the later one. For a path without a glob it finds one with a glob that
// leads elsewhere.
func twinOf(all []path, i int) (*path, bool) {
	a := all[i]
	if a.typed || a.regular {
		return nil, false
	}
	for j := range all {
		b := &all[j]
		if j == i || b.typed && (!a.glob || b.text("pathType") != "Prefix") || b.regular || b.host != a.host || b.prefix != a.prefix || !a.glob && !b.glob || a.glob && b.glob && j > i {
			continue
		}
		same := reflect.DeepEqual(a.m["backend"], b.m["backend"])
		if a.glob || !same {
			return b, same
		}
	}
	return nil, false
}

// pathType writes the type. Where a glob of the same prefix leads elsewhere, a path without one meant itself only.
func (p *plan) pathType(a path, contested bool) {
	if a.typed {
		return
	}
	kind, why := "Prefix", ""
	switch {
	case a.regular:
		kind, why = "ImplementationSpecific", ": the path is no plain prefix, what it means is up to the controller"
	case contested && !a.glob:
		kind, why = "Exact", fmt.Sprintf(": what is below it goes elsewhere, by %s/*", strings.TrimSuffix(a.prefix, "/"))
	}
	edits := []objects.Edit{a.set("pathType", kind)}
	switch {
	case a.regular:
	case a.glob:
		edits = append(edits, a.set("path", a.prefix))
		why = fmt.Sprintf(", and the path %s instead of %s, which as a prefix would be taken by the letter", a.prefix, a.written)
	case a.written == "":
		edits = append(edits, a.set("path", "/"))
		why = ", and the path /, which it had by being left out"
	}
	p.require(fmt.Sprintf("%s is required: %s%s", a.path("pathType"), kind, why), edits...)
}
