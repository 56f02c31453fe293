package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// WaitOptions say how long to wait for workloads and whom to tell.
type WaitOptions struct {
	Timeout time.Duration // 0 means none
	Report  func(Event)
}

// Scale sets the number of replicas of a workload, through its scale subresource as kubectl does. The next delivery
// leaves the number alone as long as the one in the files stays what it is.
func (t *Target) Scale(ctx context.Context, r Ref, replicas int) (*unstructured.Unstructured, error) {
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	return t.patch(ctx, r, patch, "scale")
}

// Restart rolls a workload: its pods are replaced as its update strategy says, as "kubectl rollout restart" does.
func (t *Target) Restart(ctx context.Context, r Ref, now time.Time) (*unstructured.Unstructured, error) {
	patch := fmt.Appendf(nil, `{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":%q}}}}}`,
		now.Format(time.RFC3339Nano))
	return t.patch(ctx, r, patch)
}

func (t *Target) patch(ctx context.Context, r Ref, patch []byte, subresource ...string) (*unstructured.Unstructured, error) {
	c, err := t.at(r)
	if err != nil {
		return nil, err
	}
	// A manager of its own, so that what a command sets is not taken for what the files say.
	_, err = c.Patch(ctx, r.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: Manager + "-command"}, subresource...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	return c.Get(ctx, r.Name, getOptions)
}

// Wait returns when the workloads, as they are given, are ready, or with the reasons why they will not be.
func (t *Target) Wait(ctx context.Context, workloads []*unstructured.Unstructured, opts WaitOptions) error {
	within, cancel := ctx, context.CancelFunc(func() {})
	if opts.Timeout > 0 {
		within, cancel = context.WithTimeoutCause(ctx, opts.Timeout, fmt.Errorf("%w after %s", ErrNotReady, opts.Timeout))
	}
	defer cancel()
	watches, stop := context.WithCancel(within)
	defer stop()
	w := &waiter{state: newState(t), report: oneAtATime(opts.Report)}
	var targets []*waited
	for _, u := range workloads {
		gvr, _, err := t.resources.of(u.GroupVersionKind())
		if err != nil {
			return err
		}
		targets = append(targets, &waited{ref: refOf(u), resource: gvr, object: u})
	}
	var errs []error
	for _, f := range w.until(watches, targets) {
		errs = append(errs, w.explain(context.WithoutCancel(ctx), f, context.Cause(within)))
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ErrInterrupted, errors.Join(errs...))
	}
	return errors.Join(errs...)
}
