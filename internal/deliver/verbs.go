package deliver

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

var getOptions = metav1.GetOptions{}

func isGone(err error) bool { return apierrors.IsNotFound(err) }

// apply is a server-side apply that takes the fields it sends from whoever owned them.
func (t *Target) apply(ctx context.Context, r Ref, u *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return t.send(ctx, r, u, nil)
}

// dryRun asks the API what an apply would make of the object.
func (t *Target) dryRun(ctx context.Context, r Ref, u *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return t.send(ctx, r, u, []string{metav1.DryRunAll})
}

func (t *Target) send(ctx context.Context, r Ref, u *unstructured.Unstructured, dry []string) (*unstructured.Unstructured, error) {
	c, err := t.at(r)
	if err != nil {
		return nil, err
	}
	return retry(ctx, func() (*unstructured.Unstructured, error) {
		return c.Apply(ctx, r.Name, u, metav1.ApplyOptions{FieldManager: Manager, Force: true, DryRun: dry})
	})
}

// retry tries again what the API asked to be tried again.
func retry[T any](ctx context.Context, do func() (T, error)) (T, error) {
	for wait := 20 * time.Millisecond; ; wait *= 2 {
		v, err := do()
		again := apierrors.IsConflict(err) || apierrors.IsTooManyRequests(err) || apierrors.IsServerTimeout(err) || apierrors.IsInternalError(err)
		if err == nil || !again || wait > time.Second {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, err
		case <-time.After(wait):
		}
	}
}

// remove deletes an object, and what it owns after it or (foreground) before it; an object that is gone, or is
// another of the same name, is left alone.
func (t *Target) remove(ctx context.Context, r Ref, uid types.UID, policy metav1.DeletionPropagation) error {
	c, err := t.at(r)
	if err != nil {
		return err
	}
	opts := metav1.DeleteOptions{PropagationPolicy: &policy}
	if uid != "" {
		opts.Preconditions = &metav1.Preconditions{UID: &uid}
	}
	err = c.Delete(ctx, r.Name, opts)
	if err == nil || isGone(err) || (uid != "" && apierrors.IsConflict(err)) {
		return nil
	}
	return fmt.Errorf("%s: %w", r, err)
}
