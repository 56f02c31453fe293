package garbage

import (
	"context"
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// eventKind is left out: nobody owns events, and they own nothing.
var eventKind = store.KindOf(&corev1.Event{})

type controller struct {
	*loop.Env
	*loop.Controller[item]
	index index
}

// New makes the collector of objects whose owners are gone.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, index: index{dependents: map[types.UID]map[item]struct{}{}}}
	c.Controller = loop.New(env, "garbage-collector", 4, c.sync)
	for _, k := range store.Kinds {
		if k != eventKind {
			loop.WatchKind(c.Controller, k, func(e store.Event) []item { return c.index.note(k, e) })
		}
	}
	return c.Controller
}

func (c *controller) sync(ctx context.Context, it item) error {
	obj, err := c.Store.Get(it.kind, it.key)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	if obj.GetDeletionTimestamp() != nil {
		switch {
		case slices.Contains(obj.GetFinalizers(), metav1.FinalizerOrphanDependents):
			return c.orphan(ctx, it, obj)
		case slices.Contains(obj.GetFinalizers(), metav1.FinalizerDeleteDependents):
			return c.foreground(ctx, it, obj)
		}
		return nil
	}
	return c.collect(ctx, it, obj)
}

// collect deletes an object all of whose owners are gone or wait for their dependents to go, and drops references to
// such owners if another is left.
func (c *controller) collect(ctx context.Context, it item, obj store.Object) error {
	var absent, waiting []types.UID
	solid := false
	for _, ref := range obj.GetOwnerReferences() {
		switch owner, there := c.owner(ref, obj); {
		case !there:
			absent = append(absent, ref.UID)
		case owner != nil && owner.GetDeletionTimestamp() != nil && slices.Contains(owner.GetFinalizers(), metav1.FinalizerDeleteDependents):
			waiting = append(waiting, ref.UID)
		default:
			solid = true
		}
	}
	if len(absent)+len(waiting) == 0 {
		return nil
	}
	if solid {
		return c.disown(ctx, it, append(absent, waiting...))
	}
	policy := metav1.DeletePropagationBackground
	if len(waiting) > 0 && len(c.dependents(obj)) > 0 {
		policy = metav1.DeletePropagationForeground
	}
	for _, f := range obj.GetFinalizers() {
		switch f {
		case metav1.FinalizerOrphanDependents:
			policy = metav1.DeletePropagationOrphan
		case metav1.FinalizerDeleteDependents:
			policy = metav1.DeletePropagationForeground
		}
	}
	return loop.Delete(ctx, c.Store, obj, metav1.DeleteOptions{PropagationPolicy: &policy})
}

// owner finds what a reference names. It is nil but there if the engine cannot know.
func (c *controller) owner(ref metav1.OwnerReference, obj store.Object) (owner store.Object, there bool) {
	k := kindOf(ref.APIVersion, ref.Kind)
	if k == nil || k.Namespaced && obj.GetNamespace() == "" {
		return nil, true
	}
	owner, err := c.Store.Get(k, keyOf(k, obj.GetNamespace(), ref.Name))
	if err != nil || owner.GetUID() != ref.UID {
		return nil, false
	}
	return owner, true
}

// dependents finds in the store itself who depends on an object.
func (c *controller) dependents(obj store.Object) []item {
	var out []item
	for _, k := range store.Kinds {
		if k == eventKind || obj.GetNamespace() != "" && !k.Namespaced {
			continue
		}
		objs, _ := c.Store.List(k, obj.GetNamespace())
		for _, o := range objs {
			if slices.ContainsFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool { return r.UID == obj.GetUID() }) {
				out = append(out, item{k, loop.KeyOf(o)})
			}
		}
	}
	return out
}

// foreground lets an owner go when no dependent that blocks it is left; its dependents are deleted meanwhile.
func (c *controller) foreground(ctx context.Context, it item, obj store.Object) error {
	blocked := false
	for _, d := range c.dependents(obj) {
		dep, err := c.Store.Get(d.kind, d.key)
		if err != nil {
			continue
		}
		for _, ref := range dep.GetOwnerReferences() {
			if ref.UID == obj.GetUID() && ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion {
				blocked = true
			}
		}
		c.Add(d)
	}
	if blocked {
		return nil // the end of each dependent asks for a look at its owners
	}
	return c.unfinalize(ctx, it, metav1.FinalizerDeleteDependents)
}

// orphan frees all dependents, then lets their owner go.
func (c *controller) orphan(ctx context.Context, it item, obj store.Object) error {
	var errs []error
	for _, d := range c.dependents(obj) {
		errs = append(errs, loop.IgnoreNotFound(c.disown(ctx, d, []types.UID{obj.GetUID()})))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.unfinalize(ctx, it, metav1.FinalizerOrphanDependents)
}

func (c *controller) disown(ctx context.Context, it item, gone []types.UID) error {
	return c.change(ctx, it, func(o store.Object) {
		o.SetOwnerReferences(slices.DeleteFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool {
			return slices.Contains(gone, r.UID)
		}))
	})
}

func (c *controller) unfinalize(ctx context.Context, it item, finalizer string) error {
	return c.change(ctx, it, func(o store.Object) {
		o.SetFinalizers(slices.DeleteFunc(o.GetFinalizers(), func(f string) bool { return f == finalizer }))
	})
}

func (c *controller) change(ctx context.Context, it item, f func(store.Object)) error {
	obj, err := c.Store.Get(it.kind, it.key)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	next := obj.DeepCopyObject().(store.Object)
	f(next)
	_, err = loop.Update(ctx, c.Store, next)
	return loop.IgnoreNotFound(err)
}

func kindOf(apiVersion, kind string) *store.Kind {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil
	}
	return store.KindFor(schema.GroupKind{Group: gv.Group, Kind: kind})
}

func keyOf(k *store.Kind, namespace, name string) store.Key {
	if !k.Namespaced {
		namespace = ""
	}
	return store.Key{Namespace: namespace, Name: name}
}
