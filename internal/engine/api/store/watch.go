package store

import (
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
}

// Watch begins a watch of a kind with the first change after version since. With since 0 it begins with an Added
// for every object there is. The error is ResourceExpired if changes after since are no longer in the history, or if
// since was never given out, which happens to clients of a store that was lost.
func (s *Store) Watch(k *Kind, since uint64) (*Watch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := newQueue()
	q.from = since
	if since == 0 {
		q.from = s.version
		for _, obj := range s.objects[k] {
			q.push(Event{Type: watch.Added, Object: obj, Version: s.version})
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
	return &Watch{store: s, kind: k, queue: q}, nil
}

// Ready is readable when Next has events.
func (w *Watch) Ready() <-chan struct{} { return w.queue.ready }

// Next returns the events that have come, possibly none.
func (w *Watch) Next() []Event { return w.queue.take() }

// Stop ends the watch.
func (w *Watch) Stop() {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	delete(w.store.listeners[w.kind], w.queue)
}
