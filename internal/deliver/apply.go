package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Options change how a plan is executed.
type Options struct {
	Wait     bool          // wait for the last wave too; the others are always waited for
	Timeout  time.Duration // for all of it; 0 means none
	Rollback bool          // put everything back when it fails
	Report   func(Event)   // told every step; called from several goroutines, one at a time
}

// ErrInterrupted says that a person ended it.
var ErrInterrupted = errors.New("interrupted")

// run is one execution of a plan.
type run struct {
	*Target
	plan    *Plan
	opts    Options
	waiter  *waiter
	changes *ChangeSet
	done    []*executed // in order, for the way back
	written bool        // the inventory was
	ready   bool        // all of the plan is: only what nobody wants any more is left to do
}

type executed struct {
	op     *Operation
	result *unstructured.Unstructured
}

// Apply executes a plan. On an error it says what it did about it: *RolledBackError if things are as they were.
func (t *Target) Apply(ctx context.Context, p *Plan, opts Options) (*ChangeSet, error) {
	r := &run{Target: t, plan: p, opts: opts, changes: &ChangeSet{}}
	r.opts.Report = oneAtATime(opts.Report)
	within, cancel := ctx, context.CancelFunc(func() {})
	if opts.Timeout > 0 {
		within, cancel = context.WithTimeoutCause(ctx, opts.Timeout, fmt.Errorf("%w after %s", ErrNotReady, opts.Timeout))
	}
	defer cancel()
	watches, stop := context.WithCancel(within)
	defer stop()
	r.waiter = &waiter{state: newState(t), report: r.opts.Report}
	err := r.execute(watches)
	if err == nil {
		return r.changes, nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrInterrupted, err)
	}
	if !opts.Rollback || r.ready { // what was pruned could not be put back
		return r.changes, &LeftError{Cause: err, Done: r.changes}
	}
	return r.rollback(context.WithoutCancel(ctx), err)
}

func (r *run) execute(ctx context.Context) error {
	p := r.plan
	changes := p.Changes() || p.fresh
	if changes {
		if err := r.save(ctx, p.App, p.Namespace, p.wanted().with(p.inventory), p.inventory); err != nil {
			return err
		}
		r.written = true
	}
	last := p.Waves() - 1
	for wave := 0; wave <= last; wave++ {
		ops := p.wave(wave)
		var ready []*waited
		for s := stageScope; s <= stageRoutes; s++ {
			found, err := r.stage(ctx, ops, s)
			if err != nil {
				return err
			}
			ready = append(ready, found...)
		}
		if !r.opts.Wait && !r.waitsAfter(wave) {
			continue
		}
		if err := r.wait(ctx, ready); err != nil {
			return err
		}
	}
	r.ready = true
	if err := r.prune(ctx); err != nil {
		return err
	}
	if changes {
		return r.save(ctx, p.App, p.Namespace, p.wanted(), p.wanted().with(p.inventory))
	}
	return nil
}

// waitsAfter tells whether something that runs comes after the wave, and so has to wait for it.
func (r *run) waitsAfter(wave int) bool {
	for _, op := range r.plan.Operations {
		if op.Wave > wave && op.kind.stage == stageRun {
			return true
		}
	}
	return false
}

// stage executes the operations of one stage of a wave, several at once, and returns what has to become ready.
func (r *run) stage(ctx context.Context, ops []*Operation, s stage) ([]*waited, error) {
	var now []*Operation
	for _, op := range ops {
		if op.kind.stage == s {
			now = append(now, op)
		}
	}
	results := make([]*unstructured.Unstructured, len(now))
	index := make([]int, len(now))
	for i, op := range now {
		index[i] = i
		if op.kind.waits && op.Action != Unchanged {
			gvr, _, _ := r.resources.of(op.Object.GroupVersionKind)
			r.waiter.begin(ctx, gvr, op.Object.Namespace)
		}
	}
	err := each(ctx, index, func(ctx context.Context, i int) error {
		u, err := r.do(ctx, now[i])
		results[i] = u
		return err
	})
	var waits []*waited
	for i, op := range now {
		if results[i] == nil {
			continue
		}
		r.changes.add(op.Object, op.Action)
		if op.Action != Unchanged {
			r.done = append(r.done, &executed{op, results[i]})
		}
		if op.kind.waits {
			gvr, _, _ := r.resources.of(op.Object.GroupVersionKind)
			waits = append(waits, &waited{ref: op.Object, resource: gvr, object: results[i], same: op.Action == Unchanged})
		}
	}
	return waits, err
}

// do executes one operation and returns the object as it is then.
func (r *run) do(ctx context.Context, op *Operation) (*unstructured.Unstructured, error) {
	switch op.Action {
	case Unchanged:
		tell(r.opts.Report, Event{Object: op.Object, Action: op.Action, Phase: Applied})
		return op.live, nil
	case Replace:
		if err := r.remove(ctx, op.Object, op.live.GetUID(), metav1.DeletePropagationForeground); err != nil {
			return nil, err
		}
		if err := r.untilGone(ctx, []Ref{op.Object}, nil); err != nil {
			return nil, err
		}
	}
	u, err := r.apply(ctx, op.Object, op.want)
	if err != nil {
		return nil, refusal(op, err)
	}
	tell(r.opts.Report, Event{Object: op.Object, Action: op.Action, Phase: Applied})
	return u, nil
}

// wait returns when the workloads are ready, or the reason why they will not be.
func (r *run) wait(ctx context.Context, targets []*waited) error {
	failed := r.waiter.until(ctx, targets)
	if len(failed) == 0 {
		return nil
	}
	if errors.Is(context.Cause(ctx), context.Canceled) { // a person's wish needs no explanation
		var refs []string
		for _, t := range failed {
			refs = append(refs, t.ref.String()+": "+t.last.message)
		}
		return errors.New(strings.Join(refs, "; "))
	}
	var errs []error
	for _, t := range failed {
		errs = append(errs, r.waiter.explain(context.WithoutCancel(ctx), t, context.Cause(ctx)))
	}
	return errors.Join(errs...)
}

// prune deletes what is no longer wanted.
func (r *run) prune(ctx context.Context) error {
	for _, op := range r.plan.Prunes {
		if err := r.remove(ctx, op.Object, op.live.GetUID(), metav1.DeletePropagationBackground); err != nil {
			return err
		}
		r.changes.add(op.Object, Delete)
		tell(r.opts.Report, Event{Object: op.Object, Action: Delete, Phase: Deleted})
	}
	return nil
}

func (p *Plan) wave(n int) []*Operation {
	var ops []*Operation
	for _, op := range p.Operations {
		if op.Wave == n {
			ops = append(ops, op)
		}
	}
	return ops
}

// wanted is the inventory after the plan. Somebody else's namespace is used, not owned.
func (p *Plan) wanted() inventory {
	inv := inventory{}
	for _, op := range p.Operations {
		if op.live == nil || op.Action != Unchanged || p.ours(op.live) {
			inv[op.Object] = true
		}
	}
	return inv
}
