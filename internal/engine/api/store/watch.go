package store

import (
	"sort"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"
)

// queue hands events to one listener in order, without ever holding back a write.
type queue struct {
	mu     sync.Mutex
	events []Event
	ready  chan struct{} // holds one token while there are events
	from   uint64        // changes up to this version are known to the listener
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

func (q *queue) push(e ...Event) {
	if len(e) == 0 {
		return
	}
	q.mu.Lock()
	q.events = append(q.events, e...)
	q.mu.Unlock()
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) take() []Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.events
	q.events = nil
	return e
}

// Watch is a running watch of one kind.
type Watch struct {
	store *Store
	kind  *Kind
	queue *queue

	mu      sync.Mutex
	initial []Event // what there was when the watch began, until it is taken
}

// Watch begins a watch of a kind with the first change after version since. With since 0 it begins with an Added
// for every object there is. The error is ResourceExpired if changes after since are no longer in the history, or if
// since was never given out, which happens to clients of a store that was lost.
func (s *Store) Watch(k *Kind, since uint64) (*Watch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := newQueue()
	q.from = since
	w := &Watch{store: s, kind: k, queue: q}
	if since == 0 {
		q.from = s.version
		for _, obj := range s.objects[k] {
			w.initial = append(w.initial, Event{Type: watch.Added, Object: obj, Version: s.version})
		}
		sort.Slice(w.initial, func(i, j int) bool {
			a, b := w.initial[i].Object, w.initial[j].Object
			if x, y := a.GetNamespace(), b.GetNamespace(); x != y {
				return x < y
			}
			return a.GetName() < b.GetName()
		})
		if len(w.initial) > 0 {
			q.wake()
		}
	} else {
		if since < s.expired[k] || since > s.version {
			return nil, apierrors.NewResourceExpired("too old resource version; list again")
		}
		for _, e := range s.history[k] {
			if e.Version > since {
				q.push(e)
			}
		}
	}
	s.listeners[k][q] = struct{}{}
	return w, nil
}

// Ready is readable when Next has events.
func (w *Watch) Ready() <-chan struct{} { return w.queue.ready }

// From is the version after which the watch tells of changes.
func (w *Watch) From() uint64 { return w.queue.from }

// Initial returns the Added events that a watch from version 0 begins with, once; Next leaves them out then.
func (w *Watch) Initial() []Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.initial
	w.initial = nil
	return events
}

// Next returns the events that have come, possibly none.
func (w *Watch) Next() []Event { return append(w.Initial(), w.queue.take()...) }

// Stop ends the watch.
func (w *Watch) Stop() {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	delete(w.store.listeners[w.kind], w.queue)
}
