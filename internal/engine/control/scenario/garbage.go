package scenario

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func remaining[T Object](t *testing.T, c Cluster, like T, want int) {
	t.Helper()
	Eventually(t, fmt.Sprintf("%d of %T", want, like), func() error {
		if n := len(list(t, c, like)); n != want {
			return fmt.Errorf("%d are there", n)
		}
		return nil
	})
}

// Propagation promises what the three policies of deletion do to dependents.
func Propagation(t *testing.T, c Cluster) {
	make := func(name string) *appsv1.Deployment {
		d := newDeployment(c, name, 2, Serves)
		Must(t, c.Create(t.Context(), d))
		rolled(t, c, d)
		return d
	}
	remove := func(obj Object, p metav1.DeletionPropagation) {
		Must(t, c.Delete(t.Context(), obj, metav1.DeleteOptions{PropagationPolicy: &p}))
	}
	d := make("background")
	remove(d, metav1.DeletePropagationBackground)
	Must(t, gone(c, t.Context(), d))
	remaining(t, c, &appsv1.ReplicaSet{}, 0)
	remaining(t, c, &corev1.Pod{}, 0)

	d = make("foreground")
	o := observe(t, c, "foreground")
	remove(d, metav1.DeletePropagationForeground)
	Eventually(t, "the end of the owner", func() error { return gone(c, t.Context(), d) })
	if n := len(list(t, c, &corev1.Pod{})); n != 0 {
		t.Errorf("the owner went before %d of its pods", n)
	}
	remaining(t, c, &appsv1.ReplicaSet{}, 0)
	o.check(t)

	d = make("orphan")
	remove(d, metav1.DeletePropagationOrphan)
	Eventually(t, "the end of the owner", func() error { return gone(c, t.Context(), d) })
	sets := list(t, c, &appsv1.ReplicaSet{})
	if len(sets) != 1 || len(sets[0].OwnerReferences) != 0 {
		t.Fatalf("orphans: %+v", sets)
	}
	again := newDeployment(c, "orphan", 2, Serves)
	Must(t, c.Create(t.Context(), again))
	rolled(t, c, again)
	if now := list(t, c, &appsv1.ReplicaSet{}); len(now) != 1 || now[0].UID != sets[0].UID || !metav1.IsControlledBy(now[0], again) {
		t.Errorf("the orphan was not adopted: %+v", now)
	}
}

// NamespaceEnds promises that a namespace goes when all that was in it has, pods with their grace, and not before.
func NamespaceEnds(t *testing.T, c Cluster) {
	d := newDeployment(c, "tenant", 3, Serves)
	Must(t, c.Create(t.Context(), d))
	rolled(t, c, d)
	j := newJob(c, "tenant-job", Hangs)
	Must(t, c.Create(t.Context(), j))
	Must(t, c.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept", Namespace: c.Namespace(), Finalizers: []string{"example.com/kept"}}}))
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: c.Namespace()}}
	Must(t, c.Delete(t.Context(), ns, metav1.DeleteOptions{}))
	remaining(t, c, &corev1.Pod{}, 0)
	remaining(t, c, &appsv1.Deployment{}, 0)
	remaining(t, c, &batchv1.Job{}, 0)
	Eventually(t, "the condition that says what is left", func() error {
		if err := c.Get(t.Context(), ns); err != nil {
			return err
		}
		for _, cond := range ns.Status.Conditions {
			if cond.Type == corev1.NamespaceFinalizersRemaining && cond.Status == corev1.ConditionTrue && cond.Message == "Some content in the namespace has finalizers remaining: example.com/kept in 1 resource instances" {
				return nil
			}
		}
		return fmt.Errorf("%+v", ns.Status)
	})
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept", Namespace: c.Namespace()}}
	change(t, c, cm, func(cm *corev1.ConfigMap) { cm.Finalizers = nil })
	Eventually(t, "the end of the namespace", func() error { return gone(c, t.Context(), ns) })
}
