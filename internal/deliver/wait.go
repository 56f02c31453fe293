package deliver

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// waited is a workload that has to become ready.
type waited struct {
	ref      Ref
	resource schema.GroupVersionResource
	object   *unstructured.Unstructured // as it was applied
	seen     bool                       // by the watch
	same     bool                       // it was not changed: that it is ready is no news
	last     verdict
}

// waiter waits for workloads by what the watches see.
type waiter struct {
	*state
	report func(Event)
}

// begin follows what has to be known to wait for an object.
func (w *waiter) begin(ctx context.Context, resource schema.GroupVersionResource, namespace string) {
	w.watch(ctx, resource, namespace)
	w.watch(ctx, podsResource, namespace)
	w.watch(ctx, eventsResource, namespace)
	if resource.Resource == "deployments" {
		w.watch(ctx, setsResource, namespace)
	}
}

// glance is how often grace periods are looked at while no watch tells anything.
const glance = 500 * time.Millisecond

// until returns no workloads once all are ready, or those that failed as soon as one cannot become ready, or nothing
// but failing ones is left. When ctx ends first, those that are not ready are returned with their last verdict.
func (w *waiter) until(ctx context.Context, targets []*waited) []*waited {
	if failed, over := w.look(targets, time.Now()); over && len(failed) == 0 {
		return nil
	}
	for _, t := range targets {
		w.begin(ctx, t.resource, t.ref.Namespace)
	}
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		if failed, over := w.look(targets, time.Now()); over {
			return failed
		}
		select {
		case <-ctx.Done():
			return slices.DeleteFunc(slices.Clone(targets), func(t *waited) bool { return t.last.phase == Ready })
		case c := <-w.changes:
			w.take(c)
			w.takeAll()
		case <-tick.C:
		}
	}
}

// takeAll brings in what has been seen already, so that a burst of changes is judged once.
func (w *waiter) takeAll() {
	for {
		select {
		case c := <-w.changes:
			w.take(c)
		default:
			return
		}
	}
}

// look judges every target; over tells that waiting longer makes no sense.
func (w *waiter) look(targets []*waited, now time.Time) (failed []*waited, over bool) {
	open, final := 0, false
	for _, t := range targets {
		v := w.standing(t, now)
		news := v.phase != t.last.phase || v.message != t.last.message
		if news && (!t.same || t.last.phase != "" || v.phase != Ready) {
			tell(w.report, Event{Object: t.ref, Phase: v.phase, Message: v.message})
		}
		t.last = v
		switch v.phase {
		case Ready:
		case Failed:
			failed = append(failed, t)
			final = final || !v.hopeful
		default:
			open++
		}
	}
	return failed, open == 0 || final
}

// standing judges the newest that is known of a target: what the watch saw, or what was applied.
func (w *waiter) standing(t *waited, now time.Time) verdict {
	u := w.objects[t.resource][t.object.GetUID()]
	switch {
	case u == nil && t.seen:
		return verdict{phase: Failed, message: "was deleted by somebody else"}
	case u == nil || u.GetGeneration() < t.object.GetGeneration():
		u = t.object
	default:
		t.seen = true
	}
	return w.judge(u, now)
}
