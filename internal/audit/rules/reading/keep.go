package reading

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

// born gives an object what a server gives it before it judges it: an identity, and a name where only its beginning is
// written.
func born(obj runtime.Object) {
	m, err := meta.Accessor(obj)
	if err != nil {
		return
	}
	m.SetUID("00000000-0000-0000-0000-000000000000")
	if m.GetName() == "" && m.GetGenerateName() != "" {
		base := m.GetGenerateName()
		m.SetName(base[:min(len(base), 58)] + "00000") // as a server shortens it
	}
	defaults.Create(obj)
}

// keep gives both the identity that the server gave the object when it was made.
func keep(obj, old runtime.Object) {
	o, err := meta.Accessor(obj)
	if err != nil {
		return
	}
	b, err := meta.Accessor(old)
	if err != nil {
		return
	}
	for _, m := range []interface{ SetResourceVersion(string) }{o, b} {
		m.SetResourceVersion("1")
	}
	o.SetUID(b.GetUID())
	o.SetCreationTimestamp(b.GetCreationTimestamp())
	o.SetGeneration(b.GetGeneration())
}

// ignoredWrongly finds nothing by itself: who applies the ignores sees which of them are wrong.
func ignoredWrongly(*rule.Pass) {}
