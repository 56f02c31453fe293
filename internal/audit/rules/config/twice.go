package config

import (
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

// sameTwice finds objects that are described more than once, each time differently. The last one counts.
func sameTwice(p *rule.Pass) {
	type identity struct{ group, kind, namespace, name string }
	last := map[identity]*objects.Object{}
	for _, o := range p.Application().Objects {
		if o.Given {
			continue
		}
		id := identity{o.GVK().Group, o.Kind(), o.Namespace(), o.Name()}
		before := last[id]
		last[id] = o
		if before == nil || o.Name() == "" || equality.Semantic.DeepEqual(before.Object, o.Object) {
			continue
		}
		p.Report(before, "metadata.name", "%s %s is described again, and differently, at %s: only the last one applied counts", o.Kind(), o.Name(), o.Origin)
	}
}
