package control

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/scenario"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/home"
)

func TestRunBringsAClaimToItsDirectoryAndRemovesItWithTheClaim(t *testing.T) {
	m := newMachine(t)
	h := home.Dir{Root: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{
			Store: m.store, Home: h, NodeName: node, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
			Events: func(component string) *event.Recorder { return event.New(m.store, component, node) },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	c := newCluster(t, m)
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: c.namespace}}
	claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	claim.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	scenario.Must(t, c.Create(t.Context(), claim))
	dir := filepath.Join(h.Volumes(), c.namespace+"_data_"+string(claim.UID[:8]))
	scenario.Eventually(t, "the directory", func() error {
		_, err := os.Stat(dir)
		return err
	})
	scenario.Must(t, os.WriteFile(filepath.Join(dir, "file"), []byte("data"), 0o600))
	scenario.Must(t, store.Delete[*corev1.PersistentVolumeClaim](m.store, c.namespace, "data", metav1.DeleteOptions{}))
	scenario.Eventually(t, "the end of the directory", func() error {
		if _, err := os.Stat(dir); err == nil {
			return os.ErrExist
		}
		return nil
	})
}

// BenchmarkDeploymentToBoundPods tells how long three pods of a new Deployment take until they have their node.
func BenchmarkDeploymentToBoundPods(b *testing.B) {
	s := store.New()
	s.Admit(setDefaults)
	if _, err := store.Create(s, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "bench"}}); err != nil {
		b.Fatal(err)
	}
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}}
	n.Status.Allocatable = corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1000000")}
	if _, err := store.Create(s, n, store.WithStatus); err != nil {
		b.Fatal(err)
	}
	bound := make(chan struct{}, 3)
	store.Subscribe[*corev1.Pod](b.Context(), s, func(e store.Event) {
		if p := e.Object.(*corev1.Pod); p.Spec.NodeName != "" && p.DeletionTimestamp == nil {
			bound <- struct{}{}
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = Run(ctx, Options{
			Store: s, Home: home.Dir{Root: b.TempDir()}, NodeName: node, Log: slog.New(slog.DiscardHandler),
			Events: func(component string) *event.Recorder { return event.New(s, component, node) },
		})
	}()
	three := int32(3)
	for b.Loop() {
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{GenerateName: "d-", Namespace: "bench"}}
		d.Spec.Replicas = &three
		d.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "d"}}
		d.Spec.Template.Labels = map[string]string{"app": "d"}
		d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "main", Image: "fake"}}
		d, err := store.Create(s, d)
		if err != nil {
			b.Fatal(err)
		}
		for range 3 {
			<-bound
		}
		b.StopTimer()
		_ = store.Delete[*appsv1.Deployment](s, "bench", d.Name, metav1.DeleteOptions{})
		for _, p := range store.List[*corev1.Pod](s, "bench", nil) {
			_ = store.Delete[*corev1.Pod](s, "bench", p.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64)})
		}
		b.StartTimer()
	}
	cancel()
	<-done
}

func TestADeletedStatefulSetMakesNoRevisionsAnew(t *testing.T) {
	m := newMachine(t)
	m.start(t)
	ns := newCluster(t, m).Namespace()
	labels := map[string]string{"app": "db"}
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: ns, Finalizers: []string{"example.com/held"}}}
	set.Spec.Replicas, set.Spec.Selector, set.Spec.ServiceName = new(int32), &metav1.LabelSelector{MatchLabels: labels}, "db"
	set.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c:1"}}}}
	if _, err := store.Create(m.store, set); err != nil {
		t.Fatal(err)
	}
	m.settle(t)
	foreground := metav1.DeletePropagationForeground
	if err := store.Delete[*appsv1.StatefulSet](m.store, ns, "db", metav1.DeleteOptions{PropagationPolicy: &foreground}); err != nil {
		t.Fatal(err)
	}
	m.settle(t)
	if left := store.List[*appsv1.ControllerRevision](m.store, ns, nil); len(left) > 0 {
		t.Errorf("%d revisions are left of a set that goes", len(left))
	}
}
