package node

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// worker runs one pod. Everything but the mailbox is touched by its own goroutine only.
type worker struct {
	n        *Node
	uid      types.UID
	ns, name string
	ctx      context.Context // ends with the engine, not with the pod

	mu   sync.Mutex
	mail []func()
	wake chan struct{}
	gone chan struct{} // closed when run has returned

	pod       *corev1.Pod                // as it is in the store; nobody changes it
	about     atomic.Pointer[corev1.Pod] // the same, for events of whoever has them
	rec       *record
	all       []*container // init containers first, in their order
	unsaid    []string     // attempts that ended, as the record does not say yet
	deleted   bool         // the pod is no longer in the store
	forgotten bool         // and nothing of it is left
	changed   bool         // what volumes may show of the pod itself was written
	refresh   bool         // an object that a volume shows was written

	ready   setup
	stop    *stop
	next    time.Time // when to look again though nothing happened
	started bool      // the record was read and compared with what runs
}

func newWorker(ctx context.Context, n *Node, pod *corev1.Pod) *worker {
	w := &worker{n: n, ctx: ctx, uid: pod.UID, ns: pod.Namespace, name: pod.Name, pod: pod, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	w.about.Store(pod)
	return w
}

// String names the pod in messages.
func (w *worker) String() string { return w.ns + "/" + w.name }

// post has f run by the worker, which then looks at the pod.
func (w *worker) post(f func()) {
	w.mu.Lock()
	w.mail = append(w.mail, f)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) take() []func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.mail
	w.mail = nil
	return m
}

// run looks at the pod whenever something happened, until the pod is gone or ctx ends.
func (w *worker) run(ctx context.Context) {
	defer close(w.gone)
	w.rescued(w.takeOver)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-timer.C:
		}
		for _, f := range w.take() {
			w.rescued(f)
		}
		w.next = time.Time{}
		w.rescued(w.look)
		if w.forgotten {
			return
		}
		if w.next.IsZero() {
			timer.Reset(time.Hour)
		} else {
			timer.Reset(max(0, time.Until(w.next)))
		}
	}
}

// rescued keeps a pod that makes its worker panic from ending the others.
func (w *worker) rescued(f func()) {
	if err := rescue.Do(func() error { f(); return nil }); err != nil {
		w.n.Log.Error("pod not looked after", "pod", w.String(), "error", err)
		w.again(time.Now().Add(10 * time.Second))
	}
}

// again asks for another look at that time.
func (w *worker) again(t time.Time) {
	if w.next.IsZero() || t.Before(w.next) {
		w.next = t
	}
}

// look compares what is wanted with what is, and begins what is next.
func (w *worker) look() {
	switch {
	case w.deleted:
		w.vanish()
		return
	case w.stop != nil:
		w.stopping()
	case w.pod.DeletionTimestamp != nil:
		w.beginStop(stop{delete: true})
	case finished(w.pod):
		w.beginStop(stop{finished: true})
	case w.overdue():
		w.event(corev1.EventTypeNormal, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
		w.beginStop(stop{phase: corev1.PodFailed, reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline"})
	default:
		w.advance()
	}
	if len(w.unsaid) > 0 {
		if w.save(); len(w.unsaid) > 0 {
			w.again(time.Now().Add(time.Second))
		}
	}
	w.report()
}

// finished pods have run; their containers are never started again.
func finished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// overdue: activeDeadlineSeconds counts from the pod's start.
func (w *worker) overdue() bool {
	d := w.pod.Spec.ActiveDeadlineSeconds
	if d == nil || w.rec.StartTime == nil {
		return false
	}
	at := w.rec.StartTime.Add(time.Duration(*d) * time.Second)
	if time.Now().Before(at) {
		w.again(at)
		return false
	}
	return true
}

func (w *worker) event(eventtype, reason, format string, args ...any) {
	if w.n.Events != nil {
		w.n.Events.Event(w.about.Load(), eventtype, reason, format, args...)
	}
}

// eventOf is about one container of the pod.
func (w *worker) eventOf(name, eventtype, reason, format string, args ...any) {
	if w.n.Events == nil {
		return
	}
	path := "spec.containers{" + name + "}"
	if c := w.find(name); c != nil && c.kind != regular {
		path = "spec.initContainers{" + name + "}"
	}
	w.n.Events.EventFor(w.about.Load(), path, eventtype, reason, format, args...)
}

// full is how the kubelet writes a pod in messages.
func (w *worker) full() string { return fmt.Sprintf("%s_%s(%s)", w.name, w.ns, w.uid) }

func (w *worker) find(name string) *container {
	for _, c := range w.all {
		if c.name == name {
			return c
		}
	}
	return nil
}
