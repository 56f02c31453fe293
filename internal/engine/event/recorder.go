package event

import (
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

const (
	// every is how often the same Event is written at most.
	every = time.Second
	// longest is how long a message may be, in bytes; as in Kubernetes' validation of Events.
	longest = 1024
	// remembered is how long a repeated Event is counted up instead of written anew; store deletes it after an hour.
	remembered = 10 * time.Minute
	// queued is how many Events may wait to be written before new ones are dropped.
	queued = 1000
)

// Recorder writes the Events of one component. It is safe for use by several goroutines.
type Recorder struct {
	store     *store.Store
	component string
	host      string
	queue     chan occurrence
	start     sync.Once
	now       func() time.Time
}

// New returns a recorder that signs with a component, and the host (the node's name) it runs on, if it has one.
func New(s *store.Store, component, host string) *Recorder {
	return &Recorder{store: s, component: component, host: host, queue: make(chan occurrence, queued), now: time.Now}
}

// identity says which Events are the same.
type identity struct {
	uid                      types.UID
	namespace, name, kind    string
	fieldPath, apiVersion    string
	eventtype, reason, words string
}

// occurrence is one call of Event.
type occurrence struct {
	identity
	text string // to be written: the words, unless it is one of many
	at   time.Time
}

// Event notes that something happened to an object. eventtype is corev1.EventTypeNormal or EventTypeWarning; reason
// is one word in CamelCase for programs; the rest is for people.
func (r *Recorder) Event(obj store.Object, eventtype, reason, format string, args ...any) {
	r.event(obj, "", eventtype, reason, format, args...)
}

// EventFor is Event about a part of an object, such as spec.containers{web}.
func (r *Recorder) EventFor(obj store.Object, fieldPath, eventtype, reason, format string, args ...any) {
	r.event(obj, fieldPath, eventtype, reason, format, args...)
}

func (r *Recorder) event(obj store.Object, fieldPath, eventtype, reason, format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	if len(words) > longest {
		words = words[:longest-3] + "..."
	}
	gvk := store.KindOf(obj).GVK
	o := occurrence{at: r.now(), text: words, identity: identity{
		uid: obj.GetUID(), namespace: obj.GetNamespace(), name: obj.GetName(), kind: gvk.Kind,
		fieldPath: fieldPath, apiVersion: gvk.GroupVersion().String(),
		eventtype: eventtype, reason: reason, words: words,
	}}
	r.start.Do(func() { go r.run() })
	select {
	case r.queue <- o:
	default: // a flood: the first ones tell enough
	}
}

// told is what was written of an Event, and how often it happened since.
type told struct {
	key     store.Key
	count   int32 // as written
	pending int32 // happened since
	text    string
	last    time.Time
	written time.Time
}

// run writes until the process ends: a recorder lives as long as its component.
func (r *Recorder) run() {
	seen, many := map[identity]*told{}, crowds{}
	timer := time.NewTimer(remembered) // an idle component is not to wake the processor
	defer timer.Stop()
	soon := false
	for {
		select {
		case o := <-r.queue:
			if r.note(seen, many.join(seen, o)) && !soon {
				soon = true
				timer.Reset(every)
			}
		case <-timer.C:
			r.catchUp(seen)
			many.forget(r.now())
			soon = false
			timer.Reset(remembered)
		}
	}
}

// note writes an Event that is new, and counts one that is not: at once if it was last written long enough ago, else
// it returns true, and the count is to be written soon.
func (r *Recorder) note(seen map[identity]*told, o occurrence) (held bool) {
	t := seen[o.identity]
	if t == nil || o.at.Sub(t.last) > remembered {
		delete(seen, o.identity)
		if t = r.create(o); t != nil {
			seen[o.identity] = t
		}
		return false
	}
	t.pending++
	t.last, t.text = o.at, o.text
	if o.at.Sub(t.written) < every {
		return true
	}
	r.count(seen, o.identity, t)
	return false
}

// catchUp writes the counts that were held back, and forgets what was long ago.
func (r *Recorder) catchUp(seen map[identity]*told) {
	now := r.now()
	for id, t := range seen {
		switch {
		case t.pending > 0:
			r.count(seen, id, t)
		case now.Sub(t.last) > remembered:
			delete(seen, id)
		}
	}
}

func (r *Recorder) create(o occurrence) *told {
	at := metav1.NewTime(o.at.Truncate(time.Second))
	namespace := o.namespace
	if namespace == "" {
		namespace = metav1.NamespaceDefault // where the Events of objects without one are
	}
	e := &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("%s.%x", o.name, o.at.UnixNano())},
		InvolvedObject: corev1.ObjectReference{
			Kind: o.kind, APIVersion: o.apiVersion, Namespace: o.namespace, Name: o.name, UID: o.uid, FieldPath: o.fieldPath,
		},
		Type: o.eventtype, Reason: o.reason, Message: o.text,
		FirstTimestamp: at, LastTimestamp: at, Count: 1,
		Source:              corev1.EventSource{Component: r.component, Host: r.host},
		ReportingController: r.component, ReportingInstance: r.host,
	}
	out, err := store.Create(r.store, e)
	if apierrors.IsAlreadyExists(err) { // another component, in the same nanosecond
		e.Name += "a"
		out, err = store.Create(r.store, e)
	}
	if err != nil {
		return nil
	}
	return &told{key: store.Key{Namespace: namespace, Name: out.Name}, count: 1, text: o.text, last: o.at, written: o.at}
}

func (r *Recorder) count(seen map[identity]*told, id identity, t *told) {
	_, err := store.Modify(r.store, t.key.Namespace, t.key.Name, func(e *corev1.Event) error {
		e.Count += t.pending
		e.Message = t.text
		e.LastTimestamp = metav1.NewTime(t.last.Truncate(time.Second))
		t.count = e.Count
		return nil
	})
	if err != nil {
		delete(seen, id) // deleted meanwhile: the next one is new
		return
	}
	t.pending, t.written = 0, r.now()
}
