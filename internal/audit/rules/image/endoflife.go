package image

import (
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

func checkEndOfLife(p *rule.Pass) {
	t := load()
	each(p, func(c rule.Container, n name) {
		product := t.productOf(n)
		found, ok := t.cycleOf(product, n.tag)
		if !ok {
			return
		}
		message := "container %s: %s %s has had no security fixes since %s"
		if cves := t.known(product, versionOf(n.tag)); len(cves) > 0 {
			message += "; " + strings.Join(cves, ", ") + " in it: used by attackers"
		}
		advice := "move to a version that is maintained (" + found.source + "), with a backup and the vendor's notes on the upgrade"
		if a, gone := t.abandonedOf(n); gone {
			advice += "; " + a.what + ": " + a.advice
		}
		p.Report(c.Workload.Object, c.Path+".image", message, c.Name, product, found.text, found.end).Advise(advice)
	})
}

// mirrors are paths under which the official images are found too.
var mirrors = []string{"library/", "bitnami/", "bitnamilegacy/"}

// productOf names the product that an image is known to be, "" if it is not known.
func (t tables) productOf(n name) string {
	if p := t.products[n.domain+"/"+n.path]; p != "" {
		return p
	}
	if p := t.products[n.path]; p != "" && n.domain == "docker.io" {
		return p
	}
	for _, m := range mirrors {
		if _, rest, ok := strings.Cut("/"+n.path, "/"+m); ok && t.products["library/"+rest] != "" {
			return t.products["library/"+rest]
		}
	}
	return ""
}

// cycleOf finds the cycle that a tag is of, if that is over. A tag that is less exact than a cycle (mysql:5) means the
// newest of those it could be.
func (t tables) cycleOf(product, tag string) (found cycle, ok bool) {
	list := t.cycles[product]
	v := versionOf(tag)
	word := parts.Split(strings.ToLower(tag), -1)[0]
	best := -1
	for _, c := range list {
		switch {
		case c.number == nil && c.text == word:
			return c, c.dead()
		case c.number != nil && v.within(c.number) && len(c.number) > best:
			found, best = c, len(c.number)
		}
	}
	if best >= 0 {
		return found, found.dead()
	}
	for _, c := range list {
		if len(v) == 0 || !c.number.within(v) {
			continue
		}
		if !c.dead() {
			return c, false
		}
		if c.end > found.end {
			found, ok = c, true
		}
	}
	return found, ok
}

// known lists the holes that a version has and that attackers use.
func (t tables) known(product string, v numbers) []string {
	var list []string
	for _, h := range t.holes[product] {
		if h.has(v) {
			list = append(list, h.cve)
		}
	}
	return list
}

func (h exploited) has(v numbers) bool {
	if len(v) < 2 || h.since != nil && slices.Compare(v, h.since) < 0 {
		return false
	}
	for _, f := range h.fixed {
		if len(v) == 2 && v.within(f[:2]) {
			return false // the newest of the cycle has the fix
		}
		if len(v) > 2 && v[:2].within(f[:2]) {
			return slices.Compare(v, f) < 0
		}
	}
	return slices.Compare(v, h.fixed[len(h.fixed)-1]) < 0
}
