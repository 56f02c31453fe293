package image

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

func checkRegistries(p *rule.Pass) {
	t := load()
	each(p, func(c rule.Container, n name) {
		at, ok := t.registryOf(n)
		if !ok {
			return
		}
		f := p.Report(c.Workload.Object, c.Path+".image", "container %s: %s: %s", c.Name, n.familiar, at.what).Advise(at.advice + " (" + at.source + ")")
		if rest, ok := strings.CutPrefix(c.Image, "k8s.gcr.io/"); ok { // the same images, by the project's own word
			f.Set(c.Path+".image", "registry.k8s.io/"+rest)
		}
	})
}

// registryOf finds the longest known beginning of an image's name.
func (t tables) registryOf(n name) (notice, bool) {
	whole := n.domain + "/" + n.path
	for whole != "" {
		if r, ok := t.registries[whole]; ok {
			return r, r.what != ""
		}
		i := strings.LastIndexByte(whole, '/')
		if i < 0 {
			break
		}
		whole = whole[:i]
	}
	return notice{}, false
}

func checkAbandoned(p *rule.Pass) {
	t := load()
	each(p, func(c rule.Container, n name) {
		a, ok := t.abandonedOf(n)
		if !ok {
			return
		}
		if _, dead := t.cycleOf(t.productOf(n), n.tag); dead {
			return // end-of-life says it
		}
		p.Report(c.Workload.Object, c.Path+".image", "container %s: %s: %s", c.Name, n.familiar, a.what).Advise(a.advice + " (" + a.source + ")")
	})
}

// abandonedOf finds what became of an image, or of all images of its owner.
func (t tables) abandonedOf(n name) (notice, bool) {
	if a, ok := t.abandoned[n.domain+"/"+n.path]; ok {
		return a, true
	}
	owner, _, _ := strings.Cut(n.path, "/")
	a, ok := t.abandoned[n.domain+"/"+owner+"/*"]
	return a, ok
}
