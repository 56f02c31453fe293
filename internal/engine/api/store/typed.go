package store

import (
	"context"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// The functions of this file are how the rooms of the engine read and write objects, by Go type:
// store.Get[*corev1.Pod](s, "shop", "api-0").

func kindFor[T Object]() *Kind { return KindOf(reflect.Zero(reflect.TypeFor[T]()).Interface()) }

// Get returns the stored object, which the caller must not change, or a NotFound error.
func Get[T Object](s *Store, namespace, name string) (T, error) {
	obj, err := s.Get(kindFor[T](), Key{namespace, name})
	if err != nil {
		var none T
		return none, err
	}
	return obj.(T), nil
}

// List returns the objects in a namespace ("" for all) that a selector matches (nil for all), sorted by name. The
// caller must not change them.
func List[T Object](s *Store, namespace string, sel labels.Selector) []T {
	objs, _ := s.List(kindFor[T](), namespace)
	var out []T
	for _, obj := range objs {
		if sel == nil || sel.Matches(labels.Set(obj.GetLabels())) {
			out = append(out, obj.(T))
		}
	}
	return out
}

// Create stores a new object and returns it as stored.
func Create[T Object](s *Store, obj T, opts ...Option) (T, error) {
	return typed[T](s.Create(obj, opts...))
}

// Update replaces everything but the status; see Store.Update.
func Update[T Object](s *Store, obj T, opts ...Option) (T, error) {
	return typed[T](s.Update(obj, opts...))
}

// Modify changes a copy of the stored object and stores it, again if another write came between. change sees the
// newest state each time; an error of it ends the attempt and is returned.
func Modify[T Object](s *Store, namespace, name string, change func(T) error) (T, error) {
	return modify(s, namespace, name, change, func(obj Object) (Object, error) { return s.Update(obj) })
}

// ModifyStatus is Modify for the status.
func ModifyStatus[T Object](s *Store, namespace, name string, change func(T) error) (T, error) {
	return modify(s, namespace, name, change, func(obj Object) (Object, error) { return s.UpdateStatus(obj) })
}

func modify[T Object](s *Store, namespace, name string, change func(T) error, write func(Object) (Object, error)) (T, error) {
	for {
		old, err := Get[T](s, namespace, name)
		if err != nil {
			return old, err
		}
		next := old.DeepCopyObject().(T)
		if err := change(next); err != nil {
			return old, err
		}
		out, err := typed[T](write(next))
		if !apierrors.IsConflict(err) {
			return out, err
		}
	}
}

// Delete begins or completes the deletion of an object; see Store.Delete.
func Delete[T Object](s *Store, namespace, name string, opts metav1.DeleteOptions) error {
	_, _, err := s.Delete(kindFor[T](), Key{namespace, name}, opts)
	return err
}

// Subscribe calls handle with an Added for every object of the type there is and then with every change, in order,
// from one goroutine, until ctx ends.
func Subscribe[T Object](ctx context.Context, s *Store, handle func(Event)) {
	w, err := s.Watch(kindFor[T](), 0)
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
					handle(e)
				}
			}
		}
	}()
}

func typed[T Object](obj Object, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return obj.(T), nil
}
