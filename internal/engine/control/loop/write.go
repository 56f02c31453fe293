package loop

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

type gateKey struct{}

// WithGate has gate judge every write of controllers that run with the returned context, before it is made: how a
// test stops them between any two writes.
func WithGate(ctx context.Context, gate func() error) context.Context {
	return context.WithValue(ctx, gateKey{}, gate)
}

func pass(ctx context.Context) error {
	if gate, ok := ctx.Value(gateKey{}).(func() error); ok {
		if err := gate(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Create is store.Create, refused once ctx has ended.
func Create[T store.Object](ctx context.Context, s *store.Store, obj T, opts ...store.Option) (T, error) {
	if err := pass(ctx); err != nil {
		var none T
		return none, err
	}
	return store.Create(s, obj, opts...)
}

// Update is store.Update, refused once ctx has ended.
func Update[T store.Object](ctx context.Context, s *store.Store, obj T, opts ...store.Option) (T, error) {
	if err := pass(ctx); err != nil {
		return obj, err
	}
	return store.Update(s, obj, opts...)
}

// UpdateStatus replaces the status of an object, refused once ctx has ended.
func UpdateStatus[T store.Object](ctx context.Context, s *store.Store, obj T, opts ...store.Option) (T, error) {
	if err := pass(ctx); err != nil {
		return obj, err
	}
	out, err := s.UpdateStatus(obj, opts...)
	if err != nil {
		return obj, err
	}
	return out.(T), nil
}

// Modify is store.Modify, refused once ctx has ended.
func Modify[T store.Object](ctx context.Context, s *store.Store, namespace, name string, change func(T) error) (T, error) {
	if err := pass(ctx); err != nil {
		var none T
		return none, err
	}
	return store.Modify(s, namespace, name, change)
}

// ModifyStatus is store.ModifyStatus, refused once ctx has ended.
func ModifyStatus[T store.Object](ctx context.Context, s *store.Store, namespace, name string, change func(T) error) (T, error) {
	if err := pass(ctx); err != nil {
		var none T
		return none, err
	}
	return store.ModifyStatus(s, namespace, name, change)
}

// Delete deletes that very object, not one of the same name that came after; one that is gone is no error.
func Delete(ctx context.Context, s *store.Store, obj store.Object, opts metav1.DeleteOptions) error {
	if err := pass(ctx); err != nil {
		return err
	}
	opts.Preconditions = store.UIDPreconditions(obj.GetUID())
	_, _, err := s.Delete(store.KindOf(obj), KeyOf(obj), opts)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// IgnoreNotFound is err, or nil if it only says that the object is gone.
func IgnoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
