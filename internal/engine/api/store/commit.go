package store

import (
	"strconv"

	"k8s.io/apimachinery/pkg/watch"
)

// change is one write, from memory to disk to those who listen.
type change struct {
	kind  *Kind
	key   Key
	event Event
	value []byte     // what goes to disk; nil for a deletion
	done  chan error // receives the outcome; nil when there is nothing to wait for
}

// told is a change that needs neither memory nor disk: a dry run, or an update that changes nothing.
func told(obj Object) *change { return &change{event: Event{Object: obj}} }

// settle waits until a change is where it was promised to be.
func (s *Store) settle(c *change, err error) (Object, error) {
	if err != nil {
		return nil, err
	}
	if c.done != nil {
		if err := <-c.done; err != nil {
			return nil, err
		}
	}
	return c.event.Object, nil
}

// commit puts a change into memory. Its author and the listeners are told at once if it need not be durable, else
// once it is on disk; in the order of versions in any case, so that a change behind one that waits waits too.
func (s *Store) commit(k *Kind, t watch.EventType, next, old Object, durable bool) (*change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version := s.version + 1
	if s.disk != nil {
		if err := s.disk.refusal(); err != nil {
			return nil, err
		}
		durable = durable && k != eventKind || version >= s.disk.ceiling.Load()
	}
	next.SetResourceVersion(strconv.FormatUint(version, 10))
	c := &change{kind: k, key: Key{next.GetNamespace(), next.GetName()}}
	c.event = Event{Type: t, Object: next, Old: old, Version: version}
	if s.disk != nil && t != watch.Deleted && (durable || len(s.pending) > 0) {
		var err error
		if c.value, err = s.disk.encode(k, c.key, next); err != nil {
			return nil, err
		}
	}
	s.version = version
	s.place(c)
	switch {
	case s.disk == nil:
		s.publish(c.event, k)
	case !durable && len(s.pending) == 0:
		s.publish(c.event, k)
		s.disk.lag(c)
	default:
		c.done = make(chan error, 1)
		s.pending = append(s.pending, c)
		s.disk.wake()
	}
	return c, nil
}

// place makes memory show a change. The caller holds mu.
func (s *Store) place(c *change) {
	if c.event.Type == watch.Deleted {
		delete(s.objects[c.kind], c.key)
	} else {
		s.objects[c.kind][c.key] = c.event.Object
	}
}

// publish tells the listeners of a change. The caller holds mu.
func (s *Store) publish(e Event, k *Kind) {
	h := s.history[k]
	h = append(h, e)
	if len(h) > historyLength {
		cut := len(h) - historyLength*3/4
		s.expired[k] = h[cut-1].Version
		h = append([]Event(nil), h[cut:]...)
	}
	s.history[k] = h
	for q := range s.listeners[k] {
		if e.Version > q.from {
			q.push(e)
		}
	}
}

// revert undoes every change that waits for the disk, the newest first, and refuses them. Listeners were not told
// of them, but one who began meanwhile has seen them in memory and is told that they are gone. The caller holds writes.
func (s *Store) revert(refusal error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.pending) - 1; i >= 0; i-- {
		c := s.pending[i]
		undo := Event{Object: c.event.Old, Old: c.event.Object}
		switch {
		case c.event.Old == nil:
			undo.Type, undo.Object, undo.Old = watch.Deleted, c.event.Object, c.event.Object
			delete(s.objects[c.kind], c.key)
		case c.event.Type == watch.Deleted:
			undo.Type, undo.Old = watch.Added, nil
			s.objects[c.kind][c.key] = c.event.Old
		default:
			undo.Type = watch.Modified
			s.objects[c.kind][c.key] = c.event.Old
		}
		s.version++
		undo.Version = s.version
		s.history[c.kind] = append(s.history[c.kind], undo)
		for q := range s.listeners[c.kind] {
			if q.from >= c.event.Version {
				q.push(undo)
			}
		}
		c.done <- refusal
	}
	s.pending = nil
}
