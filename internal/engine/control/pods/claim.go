package pods

import (
	"context"
	"errors"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

var errTaken = errors.New("another controller was quicker")

// Claim returns those of list that owner controls. It adopts those without a controller that sel matches and wanted
// accepts (nil: all), and releases those that sel no longer matches. change, if not nil, is applied to adopted ones.
func Claim[T store.Object](ctx context.Context, s *store.Store, owner store.Object, gvk schema.GroupVersionKind, sel labels.Selector, list []T, wanted func(T) bool, change func(T)) ([]T, error) {
	var mine []T
	var errs []error
	for _, obj := range list {
		ref := metav1.GetControllerOfNoCopy(obj)
		matches := sel.Matches(labels.Set(obj.GetLabels()))
		switch {
		case ref != nil && ref.UID != owner.GetUID():
		case ref != nil && matches:
			mine = append(mine, obj)
		case owner.GetDeletionTimestamp() != nil:
		case ref != nil:
			if err := release[T](ctx, s, obj, owner); err != nil {
				errs = append(errs, err)
			}
		case matches && obj.GetDeletionTimestamp() == nil && (wanted == nil || wanted(obj)):
			adopted, err := adopt[T](ctx, s, obj, owner, gvk, change)
			switch {
			case err == nil:
				mine = append(mine, adopted)
			case !errors.Is(err, errTaken) && !apierrors.IsNotFound(err):
				errs = append(errs, err)
			}
		}
	}
	return mine, errors.Join(errs...)
}

func adopt[T store.Object](ctx context.Context, s *store.Store, obj T, owner store.Object, gvk schema.GroupVersionKind, change func(T)) (T, error) {
	return loop.Modify(ctx, s, obj.GetNamespace(), obj.GetName(), func(o T) error {
		if o.GetUID() != obj.GetUID() || metav1.GetControllerOfNoCopy(o) != nil {
			return errTaken
		}
		o.SetOwnerReferences(append(o.GetOwnerReferences(), *metav1.NewControllerRef(owner, gvk)))
		if change != nil {
			change(o)
		}
		return nil
	})
}

func release[T store.Object](ctx context.Context, s *store.Store, obj T, owner store.Object) error {
	_, err := loop.Modify(ctx, s, obj.GetNamespace(), obj.GetName(), func(o T) error {
		o.SetOwnerReferences(slices.DeleteFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool {
			return r.UID == owner.GetUID()
		}))
		return nil
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
