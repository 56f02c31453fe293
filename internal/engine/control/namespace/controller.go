package namespace

import (
	"context"
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// account is the ServiceAccount of pods that name none.
const account = "default"

type controller struct {
	*loop.Env
	*loop.Keyed
}

// New makes the controller of namespaces.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env}
	c.Keyed = loop.New(env, "namespace", 2, c.sync)
	loop.Watch[*corev1.Namespace](c.Keyed, loop.Self)
	for _, k := range store.Kinds {
		if k.Namespaced {
			loop.WatchKind(c.Keyed, k, c.ofContent)
		}
	}
	return c.Keyed
}

// ofContent asks for a look at a namespace that is going, when something in it has changed, and at one whose default
// ServiceAccount has been deleted.
func (c *controller) ofContent(e store.Event) []store.Key {
	key := store.Key{Name: e.Object.GetNamespace()}
	if _, ok := e.Object.(*corev1.ServiceAccount); ok && e.Type == watch.Deleted && e.Object.GetName() == account {
		return []store.Key{key}
	}
	if ns, err := store.Get[*corev1.Namespace](c.Store, "", key.Name); err == nil && ns.DeletionTimestamp != nil {
		return []store.Key{key}
	}
	return nil
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	ns, err := store.Get[*corev1.Namespace](c.Store, "", key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	if ns.DeletionTimestamp == nil {
		return c.ensureAccount(ctx, ns.Name)
	}
	if len(ns.Spec.Finalizers) == 0 {
		return nil
	}
	left, err := c.empty(ctx, ns.Name)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		next := ns.DeepCopy()
		next.Spec.Finalizers = slices.DeleteFunc(next.Spec.Finalizers, func(f corev1.FinalizerName) bool {
			return f == corev1.FinalizerKubernetes
		})
		_, err := loop.Update(ctx, c.Store, next, store.Finalize)
		return loop.IgnoreNotFound(err)
	}
	next := ns.DeepCopy()
	next.Status.Phase = corev1.NamespaceTerminating
	if describe(&next.Status, left, c.Now()) {
		_, err = loop.UpdateStatus(ctx, c.Store, next)
	}
	return loop.IgnoreNotFound(err)
}

func (c *controller) ensureAccount(ctx context.Context, ns string) error {
	if _, err := store.Get[*corev1.ServiceAccount](c.Store, ns, account); err == nil {
		return nil
	}
	_, err := loop.Create(ctx, c.Store, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: account}})
	if apierrors.IsAlreadyExists(err) || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil
	}
	return err
}

// empty deletes everything in a namespace that is not already being deleted, and returns what is left.
func (c *controller) empty(ctx context.Context, ns string) ([]remainder, error) {
	var left []remainder
	var errs []error
	policy := metav1.DeletePropagationBackground
	for _, k := range store.Kinds {
		if !k.Namespaced {
			continue
		}
		objs, _ := c.Store.List(k, ns)
		for _, obj := range objs {
			if obj.GetDeletionTimestamp() == nil {
				errs = append(errs, loop.Delete(ctx, c.Store, obj, metav1.DeleteOptions{PropagationPolicy: &policy}))
			}
		}
		if objs, _ = c.Store.List(k, ns); len(objs) > 0 {
			left = append(left, remainder{k, objs})
		}
	}
	return left, errors.Join(errs...)
}
