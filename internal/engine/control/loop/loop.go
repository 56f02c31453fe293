package loop

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/util/workqueue"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// Runner is a controller as the engine starts it: Run works until ctx ends, and returns when it writes no more.
type Runner interface{ Run(ctx context.Context) }

// Keyed is a controller of objects of one kind.
type Keyed = Controller[store.Key]

// Controller is a queue of keys and the function that works on them.
type Controller[K comparable] struct {
	env     *Env
	name    string
	sync    func(context.Context, K) error
	workers int
	queue   workqueue.TypedRateLimitingInterface[K]
	watches []func(context.Context)
}

// The delay of a repeated look grows from first to last, doubling.
const (
	firstRetry = 5 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// New makes a controller; name appears in the log. Up to workers keys are worked on at once. sync brings what a key
// names to what it should be; a key that names nothing (any more) is no error.
func New[K comparable](env *Env, name string, workers int, sync func(context.Context, K) error) *Controller[K] {
	return &Controller[K]{
		env: env, name: name, sync: sync, workers: workers,
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(
			workqueue.NewTypedItemExponentialFailureRateLimiter[K](firstRetry, lastRetry),
			workqueue.TypedRateLimitingQueueConfig[K]{Clock: env.Clock},
		),
	}
}

// Add asks for a look at an object.
func (c *Controller[K]) Add(keys ...K) {
	for _, k := range keys {
		c.queue.Add(k)
	}
}

// After asks for a look at an object when d has passed.
func (c *Controller[K]) After(key K, d time.Duration) { c.queue.AddAfter(key, max(d, 0)) }

// Watch makes changes of objects of type T ask for looks at the keys that a function derives from them.
func Watch[T store.Object, K comparable](c *Controller[K], keys func(store.Event) []K) {
	c.watches = append(c.watches, func(ctx context.Context) {
		store.Subscribe[T](ctx, c.env.Store, func(e store.Event) { c.told(keys, e) })
	})
}

// WatchKind is Watch for a kind that is known only at run time.
func WatchKind[K comparable](c *Controller[K], kind *store.Kind, keys func(store.Event) []K) {
	c.watches = append(c.watches, func(ctx context.Context) {
		w, err := c.env.Store.Watch(kind, 0)
		if err != nil {
			panic(err) // version 0 never expires
		}
		go func() {
			defer w.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-w.Ready():
					for _, e := range w.Next() {
						c.told(keys, e)
					}
				}
			}
		}()
	})
}

// told asks for the looks that a change makes necessary.
func (c *Controller[K]) told(keys func(store.Event) []K, e store.Event) {
	err := rescue.Do(func() error {
		c.Add(keys(e)...)
		return nil
	})
	if err != nil {
		c.env.Log.Error("a controller does not understand a change", "controller", c.name, "object", KeyOf(e.Object), "error", err)
	}
}

// Run works until ctx ends, and returns when the last look has ended.
func (c *Controller[K]) Run(ctx context.Context) {
	for _, w := range c.watches {
		w(ctx)
	}
	var wg sync.WaitGroup
	for range c.workers {
		wg.Go(func() {
			for c.next(ctx) {
			}
		})
	}
	<-ctx.Done()
	c.queue.ShutDown()
	wg.Wait()
}

func (c *Controller[K]) next(ctx context.Context) bool {
	key, stop := c.queue.Get()
	if stop {
		return false
	}
	defer c.queue.Done(key)
	if ctx.Err() != nil {
		return true
	}
	err := rescue.Do(func() error { return c.sync(ctx, key) })
	if err == nil {
		c.queue.Forget(key)
		return true
	}
	if ctx.Err() == nil && !passing(err) {
		c.env.Log.Warn("a controller will try again", "controller", c.name, "object", key, "error", err)
	}
	c.queue.AddRateLimited(key)
	return true
}

// passing tells whether an error only says that another writer was quicker, or that the namespace is going.
func passing(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) ||
		apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause)
}

// KeyOf is the key of an object.
func KeyOf(obj metav1.Object) store.Key {
	return store.Key{Namespace: obj.GetNamespace(), Name: obj.GetName()}
}

// Self derives the key of the changed object itself.
func Self(e store.Event) []store.Key { return []store.Key{KeyOf(e.Object)} }

// Owner derives the key of the controller of the changed object, and of the one it had before, if of that kind.
func Owner(kind string) func(store.Event) []store.Key {
	return func(e store.Event) []store.Key {
		var keys []store.Key
		for _, obj := range []store.Object{e.Object, e.Old} {
			if obj == nil {
				continue
			}
			ref := metav1.GetControllerOfNoCopy(obj)
			if ref == nil || ref.Kind != kind {
				continue
			}
			if k := (store.Key{Namespace: obj.GetNamespace(), Name: ref.Name}); len(keys) == 0 || keys[0] != k {
				keys = append(keys, k)
			}
		}
		return keys
	}
}

// OwnerOrMatch is Owner, and for an object that nobody controls those of type T, called kind, that might adopt it
// because their selector matches.
func OwnerOrMatch[T store.Object](s *store.Store, kind string, selector func(T) *metav1.LabelSelector) func(store.Event) []store.Key {
	owner := Owner(kind)
	return func(e store.Event) []store.Key {
		keys := owner(e)
		if len(keys) > 0 || metav1.GetControllerOfNoCopy(e.Object) != nil {
			return keys
		}
		for _, o := range store.List[T](s, e.Object.GetNamespace(), nil) {
			if sel, err := metav1.LabelSelectorAsSelector(selector(o)); err == nil && !sel.Empty() && sel.Matches(labels.Set(e.Object.GetLabels())) {
				keys = append(keys, KeyOf(o))
			}
		}
		return keys
	}
}
