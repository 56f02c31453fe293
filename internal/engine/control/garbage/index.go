package garbage

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// item names one object of any kind.
type item struct {
	kind *store.Kind
	key  store.Key
}

// index knows the dependents of every owner, a moment late: good enough to ask for looks, not to decide on.
type index struct {
	mu         sync.Mutex
	dependents map[types.UID]map[item]struct{}
}

// note takes an event in, and returns the changed object and its dependents if they may have to act on it.
func (x *index) note(k *store.Kind, e store.Event) []item {
	it := item{k, loop.KeyOf(e.Object)}
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.Old != nil {
		for _, ref := range e.Old.GetOwnerReferences() {
			delete(x.dependents[ref.UID], it)
			if len(x.dependents[ref.UID]) == 0 {
				delete(x.dependents, ref.UID)
			}
		}
	}
	if e.Type == watch.Deleted {
		return append(x.of(e.Object.GetUID()), owners(e.Object)...)
	}
	for _, ref := range e.Object.GetOwnerReferences() {
		if x.dependents[ref.UID] == nil {
			x.dependents[ref.UID] = map[item]struct{}{}
		}
		x.dependents[ref.UID][it] = struct{}{}
	}
	if e.Object.GetDeletionTimestamp() != nil {
		return append(x.of(e.Object.GetUID()), it)
	}
	if len(e.Object.GetOwnerReferences()) == 0 {
		return nil
	}
	return []item{it}
}

func (x *index) of(owner types.UID) []item {
	var out []item
	for it := range x.dependents[owner] {
		out = append(out, it)
	}
	return out
}

// owners names the owners of an object as far as the engine serves their kinds.
func owners(obj store.Object) []item {
	var out []item
	for _, ref := range obj.GetOwnerReferences() {
		if k := kindOf(ref.APIVersion, ref.Kind); k != nil {
			out = append(out, item{k, keyOf(k, obj.GetNamespace(), ref.Name)})
		}
	}
	return out
}
