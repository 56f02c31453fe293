package store

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// eventLife is how long an Event is kept after it last happened; as the default of --event-ttl of kube-apiserver.
const eventLife = time.Hour

var eventKind = kindNamed("Event")

func kindNamed(name string) *Kind {
	for _, k := range Kinds {
		if k.GVK.Kind == name {
			return k
		}
	}
	panic("store: no kind " + name)
}

// expireEvents deletes the Events whose hour is over. It does not wait for the file.
func (s *Store) expireEvents() {
	now := s.now()
	objs, _ := s.List(eventKind, "")
	for _, obj := range objs {
		if now.Sub(lastSeen(obj.(*corev1.Event))) <= eventLife {
			continue
		}
		uid := obj.GetUID()
		_, _, _ = s.delete(eventKind, Key{obj.GetNamespace(), obj.GetName()}, metav1.DeleteOptions{Preconditions: UIDPreconditions(uid)})
	}
}

func lastSeen(e *corev1.Event) time.Time {
	last := e.CreationTimestamp.Time
	for _, t := range []time.Time{e.FirstTimestamp.Time, e.LastTimestamp.Time, e.EventTime.Time} {
		if t.After(last) {
			last = t
		}
	}
	if e.Series != nil && e.Series.LastObservedTime.After(last) {
		last = e.Series.LastObservedTime.Time
	}
	return last
}
