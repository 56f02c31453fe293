package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func create[T Object](t *testing.T, s *Store, obj T) T {
	t.Helper()
	out, err := Create(s, obj)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheGenerationCountsChangesOfTheSpecAlone(t *testing.T) {
	s := New()
	meta := metav1.ObjectMeta{Namespace: "shop", Name: "web"}
	create(t, s, &appsv1.Deployment{ObjectMeta: meta})
	step := func(want int64, change func(*appsv1.Deployment), modify func(*Store, string, string, func(*appsv1.Deployment) error) (*appsv1.Deployment, error)) {
		t.Helper()
		d, err := modify(s, "shop", "web", func(d *appsv1.Deployment) error { change(d); return nil })
		if err != nil || d.Generation != want {
			t.Errorf("generation %d instead of %d, %v", d.Generation, want, err)
		}
	}
	step(1, func(d *appsv1.Deployment) { d.Labels = map[string]string{"a": "b"} }, Modify)
	step(2, func(d *appsv1.Deployment) { d.Spec.Paused = true }, Modify)
	step(2, func(d *appsv1.Deployment) { d.Status.Replicas = 3 }, ModifyStatus)
	step(2, func(d *appsv1.Deployment) { d.Status.Replicas = 7 }, Modify)
	if d, _ := Get[*appsv1.Deployment](s, "shop", "web"); d.Status.Replicas != 3 {
		t.Errorf("an update of the spec changed the status: %+v", d.Status)
	}
	if cm := create(t, s, configMap("c")); cm.Generation != 0 {
		t.Error("Kubernetes does not count the generations of a ConfigMap")
	}
}

func TestWritesOfAnOldStateAreConflicts(t *testing.T) {
	s := New()
	old := create(t, s, configMap("a")).DeepCopy()
	if _, err := Modify(s, "default", "a", func(c *corev1.ConfigMap) error { c.Data["k"] = "new"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := Update(s, old); !apierrors.IsConflict(err) {
		t.Errorf("an old version: %v", err)
	}
	old.ResourceVersion, old.UID = "", "another"
	if _, err := Update(s, old); !apierrors.IsConflict(err) {
		t.Errorf("another object of the name: %v", err)
	}
	if _, err := Create(s, configMap("a")); !apierrors.IsAlreadyExists(err) {
		t.Errorf("twice: %v", err)
	}
	stop := errors.New("stop")
	if _, err := Modify(s, "default", "a", func(*corev1.ConfigMap) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a change that gives up: %v", err)
	}
}

func TestGeneratedNamesAreFree(t *testing.T) {
	s := New()
	seen := map[string]bool{}
	for range 50 {
		cm := configMap("")
		cm.GenerateName = strings.Repeat("long", 20) + "-"
		name := create(t, s, cm).Name
		if seen[name] || len(name) > 63 {
			t.Errorf("name %q", name)
		}
		seen[name] = true
	}
}

func TestDeletionOfAPod(t *testing.T) {
	long := int64(60)
	for _, c := range []struct {
		name   string
		node   string
		phase  corev1.PodPhase
		grace  *int64
		gone   bool
		expect int64
	}{
		{name: "that no node has is at once", gone: true},
		{name: "of a node has the pod's grace", node: "here", expect: 60},
		{name: "of a node has the grace of the request", node: "here", grace: new(int64), gone: true},
		{name: "that is done is at once", node: "here", phase: corev1.PodSucceeded, gone: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New()
			p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p"}, Spec: corev1.PodSpec{NodeName: c.node, TerminationGracePeriodSeconds: &long}, Status: corev1.PodStatus{Phase: c.phase}}
			create(t, s, p)
			last, gone, err := s.Delete(KindOf(p), Key{"shop", "p"}, metav1.DeleteOptions{GracePeriodSeconds: c.grace})
			if err != nil || gone != c.gone || *last.GetDeletionGracePeriodSeconds() != c.expect {
				t.Fatalf("gone %v, grace %d, %v", gone, *last.GetDeletionGracePeriodSeconds(), err)
			}
			if gone {
				return
			}
			at := last.GetDeletionTimestamp()
			more := int64(600)
			if last, _, _ = s.Delete(KindOf(p), Key{"shop", "p"}, metav1.DeleteOptions{GracePeriodSeconds: &more}); !last.GetDeletionTimestamp().Equal(at) {
				t.Error("a second deletion gave it more time")
			}
			if _, gone, err = s.Delete(KindOf(p), Key{"shop", "p"}, *metav1.NewDeleteOptions(0)); !gone || err != nil {
				t.Errorf("by its node: %v, %v", gone, err)
			}
		})
	}
}

func TestSubscribersSeeEverythingOnceInOrder(t *testing.T) {
	s := New()
	create(t, s, configMap("a"))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	events := make(chan string, 100)
	Subscribe[*corev1.ConfigMap](ctx, s, func(e Event) {
		text := string(e.Type) + " " + e.Object.GetName()
		if e.Old != nil {
			text += " was " + e.Old.(*corev1.ConfigMap).Data["k"]
		}
		events <- text
	})
	create(t, s, configMap("b"))
	if _, err := Modify(s, "default", "b", func(c *corev1.ConfigMap) error { c.Data["k"] = "2"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := Delete[*corev1.ConfigMap](s, "default", "b", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for range 4 {
		got = append(got, <-events)
	}
	if diff := cmp.Diff([]string{"ADDED a", "ADDED b", "MODIFIED b was b", "DELETED b was 2"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEventsExpireAfterAnHour(t *testing.T) {
	s := New()
	now := time.Now()
	s.now = func() time.Time { return now }
	create(t, s, &corev1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "old"}})
	now = now.Add(50 * time.Minute)
	create(t, s, &corev1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "new"}})
	now = now.Add(11 * time.Minute)
	s.expireEvents()
	if left := List[*corev1.Event](s, "", nil); len(left) != 1 || left[0].Name != "new" {
		t.Errorf("%v", left)
	}
}

func BenchmarkOpenWith1000Pods(b *testing.B) {
	path := b.TempDir() + "/objects.db"
	s, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	for range 1000 {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", GenerateName: "p-", Labels: map[string]string{"app": "web"}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "web:1", Env: []corev1.EnvVar{{Name: "A", Value: "B"}}}}}}
		if _, err := Create(s, p); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if s, err = Open(path); err != nil {
			b.Fatal(err)
		}
	}
	_ = s.Close()
}
