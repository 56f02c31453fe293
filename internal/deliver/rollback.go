package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// rollbackTimeout bounds the way back, which must end even where the way forth did not.
const rollbackTimeout = 2 * time.Minute

// rollback takes back what the run did, last first, and waits until what was there before serves again. The error it
// returns is the cause, with what was done about it.
func (r *run) rollback(ctx context.Context, cause error) (*ChangeSet, error) {
	if len(r.done) == 0 && len(r.plan.made) == 0 && !r.written {
		return r.changes, cause
	}
	ctx, cancel := context.WithTimeout(ctx, rollbackTimeout)
	defer cancel()
	back := &RolledBackError{Cause: cause, Serving: slices.ContainsFunc(r.plan.Operations, served)}
	var again []*waited
	var gone []Ref
	for _, e := range slices.Backward(r.done) {
		if e.op.Action == Configure {
			u, err := r.putBack(ctx, e.op)
			if err != nil {
				back.Trouble = append(back.Trouble, err)
				continue
			}
			back.PutBack = append(back.PutBack, e.op.Object)
			tell(r.opts.Report, Event{Object: e.op.Object, Phase: RolledBack, Message: "as it was before"})
			if served(e.op) {
				gvr, _, _ := r.resources.of(e.op.Object.GroupVersionKind)
				again = append(again, &waited{ref: e.op.Object, resource: gvr, object: u})
			}
			continue
		}
		if err := r.takeAway(ctx, e); err != nil {
			back.Trouble = append(back.Trouble, err)
			continue
		}
		back.Deleted = append(back.Deleted, e.op.Object)
		if e.op.kind.stage == stageRun {
			gone = append(gone, e.op.Object)
		}
		tell(r.opts.Report, Event{Object: e.op.Object, Phase: RolledBack, Message: "deleted"})
	}
	if err := r.untilGone(ctx, gone, nil); err != nil {
		back.Trouble = append(back.Trouble, err)
	}
	back.Trouble = append(back.Trouble, r.forget(ctx)...)
	w := &waiter{state: newState(r.Target), report: r.opts.Report}
	for _, t := range w.until(ctx, again) {
		back.Trouble = append(back.Trouble, w.explain(context.WithoutCancel(ctx), t, context.Cause(ctx)))
	}
	return r.changes, back
}

// takeAway deletes what the run created; what it made goes with it.
func (r *run) takeAway(ctx context.Context, e *executed) error {
	policy := metav1.DeletePropagationBackground
	if e.op.kind.stage == stageRun {
		policy = metav1.DeletePropagationForeground // so that it is known when its pods are gone
	}
	return r.remove(ctx, e.op.Object, e.result.GetUID(), policy)
}

// forget takes back what is not an operation: claims that a StatefulSet of this run had made, namespaces, the inventory.
func (r *run) forget(ctx context.Context) (trouble []error) {
	p := r.plan
	made := map[string]bool{}
	for _, ns := range p.made {
		made[ns] = true
	}
	for _, e := range r.done {
		if e.op.Object.Kind == "StatefulSet" && e.op.Action == Create && !made[e.op.Object.Namespace] {
			trouble = append(trouble, r.forgetClaims(ctx, e.op))
		}
	}
	if r.written && !made[p.Namespace] {
		if p.fresh {
			trouble = append(trouble, r.remove(ctx, inventoryRef(p.App, p.Namespace), "", metav1.DeletePropagationBackground))
		} else {
			trouble = append(trouble, r.save(ctx, p.App, p.Namespace, p.inventory, p.wanted().with(p.inventory)))
		}
	}
	trouble = append(trouble, r.Discard(ctx, p))
	return slices.DeleteFunc(trouble, func(err error) bool { return err == nil })
}

// forgetClaims deletes the claims made from the templates of a StatefulSet, except those that were there before.
func (r *run) forgetClaims(ctx context.Context, op *Operation) error {
	claims, err := r.core.PersistentVolumeClaims(op.Object.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range claims.Items {
		if r.plan.claims[c.Namespace+"/"+c.Name] || !fromTemplate(op.want, c.Name) {
			continue
		}
		ref := Ref{coreKind("PersistentVolumeClaim"), c.Namespace, c.Name}
		errs = append(errs, r.remove(ctx, ref, c.UID, metav1.DeletePropagationBackground))
	}
	return errors.Join(errs...)
}

// putBack brings an object back to what it was when the plan was made.
func (r *run) putBack(ctx context.Context, op *Operation) (*unstructured.Unstructured, error) {
	if before := applied(op.live); before != nil {
		u, err := r.apply(ctx, op.Object, before)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be put back: %w", op.Object, err)
		}
		if !overlap(drift(op.live, u), op.Changes) {
			return u, nil
		}
	}
	// Somebody else owned what was changed: the values themselves are put back.
	c, err := r.at(op.Object)
	if err != nil {
		return nil, err
	}
	return retry(ctx, func() (*unstructured.Unstructured, error) {
		u, err := c.Get(ctx, op.Object.Name, getOptions)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be put back: %w", op.Object, err)
		}
		return c.Update(ctx, withContent(u, op.live), metav1.UpdateOptions{FieldManager: Manager})
	})
}

// withContent gives an object the content that it had at another time.
func withContent(now, then *unstructured.Unstructured) *unstructured.Unstructured {
	out := now.DeepCopy()
	for k := range union(now.Object, then.Object) {
		if k == "metadata" || k == "status" {
			continue
		}
		if v, ok := then.Object[k]; ok {
			out.Object[k] = v
		} else {
			delete(out.Object, k)
		}
	}
	out.SetLabels(then.GetLabels())
	annotations := then.GetAnnotations()
	const revision = "deployment.kubernetes.io/revision" // its controller counts on
	if n, ok := now.GetAnnotations()[revision]; ok {
		annotations[revision] = n
	}
	out.SetAnnotations(annotations)
	return out
}

// overlap tells whether two lists of differences speak of a common field.
func overlap(a, b []string) bool {
	fields := map[string]bool{}
	for _, line := range a {
		field, _, _ := strings.Cut(line, ": ")
		fields[field] = true
	}
	return slices.ContainsFunc(b, func(line string) bool {
		field, _, _ := strings.Cut(line, ": ")
		return fields[field]
	})
}

// served tells whether the object was doing its work before the run changed it.
func served(op *Operation) bool {
	if !op.kind.waits || op.live == nil || op.Object.Kind == "Job" {
		return false
	}
	result, err := status.Compute(op.live)
	return err == nil && result.Status == status.CurrentStatus
}
