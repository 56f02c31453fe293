package event

import (
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func pod(name string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "u-1"}}
}

// eventually waits until the store holds Events as wanted; a recorder writes in the background.
func eventually(t *testing.T, s *store.Store, wanted func([]*corev1.Event) bool) []*corev1.Event {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		events := store.List[*corev1.Event](s, "", nil)
		if wanted(events) {
			return events
		}
		if time.Now().After(end) {
			t.Fatalf("after ten seconds: %v", events)
		}
	}
}

func TestAnEventNamesItsObjectAndItsSource(t *testing.T) {
	s := store.New()
	New(s, "kubelet", "here").EventFor(pod("api-0"), "spec.containers{api}", corev1.EventTypeWarning, "BackOff", "back-off %s", "10s")
	e := eventually(t, s, func(es []*corev1.Event) bool { return len(es) == 1 })[0]
	want := corev1.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: "shop", Name: "api-0", UID: "u-1", FieldPath: "spec.containers{api}"}
	if e.InvolvedObject != want || e.Message != "back-off 10s" || e.Reason != "BackOff" || e.Type != "Warning" || e.Count != 1 {
		t.Errorf("event %+v", e)
	}
	if e.Source != (corev1.EventSource{Component: "kubelet", Host: "here"}) || e.Namespace != "shop" || !strings.HasPrefix(e.Name, "api-0.") {
		t.Errorf("source %+v, name %s/%s", e.Source, e.Namespace, e.Name)
	}
}

func TestTheSameEventIsCountedAndNotWrittenAgain(t *testing.T) {
	s := store.New()
	r := New(s, "kubelet", "here")
	for range 50 {
		r.Event(pod("api-0"), corev1.EventTypeWarning, "BackOff", "again")
	}
	r.Event(pod("api-0"), corev1.EventTypeWarning, "BackOff", "something else")
	eventually(t, s, func(es []*corev1.Event) bool { return len(es) == 2 && es[0].Count+es[1].Count == 51 })
	// One write for each new Event, and at most one a second for the count.
	if v := s.Version(); v > 12 {
		t.Errorf("51 events took %d writes", v)
	}
}

func TestEventsThatDifferInTheirWordsAloneAreFewHoweverManyThereAre(t *testing.T) {
	s := store.New()
	r := New(s, "kubelet", "here")
	for i := range 100 {
		r.Event(pod("api-0"), corev1.EventTypeWarning, "Unhealthy", "probe failed at %d", i)
	}
	r.Event(pod("api-0"), corev1.EventTypeWarning, "BackOff", "another reason")
	events := eventually(t, s, func(es []*corev1.Event) bool {
		n := int32(0)
		for _, e := range es {
			n += e.Count
		}
		return n == 101
	})
	if len(events) != 12 {
		t.Errorf("%d events", len(events))
	}
	for _, e := range events {
		if e.Count == 90 && e.Message != "(combined from similar events): probe failed at 99" {
			t.Errorf("message %q", e.Message)
		}
	}
}

func TestEventsOfObjectsWithoutANamespaceAreInDefault(t *testing.T) {
	s := store.New()
	New(s, "kubelet", "here").Event(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "here"}}, corev1.EventTypeNormal, "Starting", "x")
	e := eventually(t, s, func(es []*corev1.Event) bool { return len(es) == 1 })[0]
	if e.Namespace != "default" || e.InvolvedObject.Namespace != "" {
		t.Errorf("event in %q about an object in %q", e.Namespace, e.InvolvedObject.Namespace)
	}
}

func TestAnEventThatCannotBeWrittenIsDroppedAndTheNextIsNot(t *testing.T) {
	s := store.New()
	refuse := true
	s.Admit(func(*store.Request) error {
		if refuse {
			refuse = false
			return errTerminating
		}
		return nil
	})
	r := New(s, "kubelet", "here")
	r.Event(pod("api-0"), corev1.EventTypeNormal, "Pulled", "one")
	r.Event(pod("api-0"), corev1.EventTypeNormal, "Pulled", "one")
	eventually(t, s, func(es []*corev1.Event) bool { return len(es) == 1 })
}

func TestALongMessageIsCut(t *testing.T) {
	s := store.New()
	New(s, "kubelet", "here").Event(pod("api-0"), corev1.EventTypeNormal, "Pulled", "%s", strings.Repeat("x", 5000))
	e := eventually(t, s, func(es []*corev1.Event) bool { return len(es) == 1 })[0]
	if len(e.Message) != longest {
		t.Errorf("%d bytes", len(e.Message))
	}
}

var errTerminating = errors.New("namespace shop is being terminated")
