package api

import (
	"context"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// set is a StatefulSet with a claim template, whose spec cannot change.
func set(name string) *appsv1.StatefulSet {
	labels := map[string]string{"app": name}
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec: appsv1.StatefulSetSpec{
			ServiceName: name, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c:1"}}}},
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
			}}},
		},
	}
}

func TestAfterARestartAStatefulSetWithClaimsIsTheSameAndCanBeChanged(t *testing.T) {
	root := t.TempDir()
	t.Run("before", func(t *testing.T) {
		e := startIn(t, root, nil)
		if _, err := e.client.AppsV1().StatefulSets("default").Create(context.Background(), set("db"), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	e := startIn(t, root, nil)
	got, err := store.Get[*appsv1.StatefulSet](e.store, "default", "db")
	if err != nil {
		t.Fatal(err)
	}
	if kind := got.Spec.VolumeClaimTemplates[0].Kind; kind != "PersistentVolumeClaim" {
		t.Errorf("the claim template's kind is %q", kind)
	}
	if _, err := e.client.AppsV1().StatefulSets("default").Patch(context.Background(), "db", types.MergePatchType, []byte(`{"metadata":{"finalizers":["a/b"]},"spec":{"replicas":2}}`), metav1.PatchOptions{}); err != nil {
		t.Error(err)
	}
}

func TestWhatAnEarlierVersionStoredWithFewerDefaultsCanBeChanged(t *testing.T) {
	next := set("db")
	if err := setDefaults(&store.Request{Operation: store.OpCreate, Object: next}); err != nil {
		t.Fatal(err)
	}
	next.ResourceVersion = "1"
	old := next.DeepCopy()
	old.Spec.PodManagementPolicy, old.Spec.VolumeClaimTemplates[0].Spec.VolumeMode = "", nil
	k := store.KindOf(next)
	if err := judge(&store.Request{Kind: k, Operation: store.OpUpdate, Object: next, Old: old}); err != nil {
		t.Error(err)
	}
}
