package scenario

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// BudgetCounts promises that a PodDisruptionBudget allows what its pods can spare.
func BudgetCounts(t *testing.T, c Cluster) {
	d := newDeployment(c, "budget", 4, Serves)
	Must(t, c.Create(t.Context(), d))
	b := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "budget", Namespace: c.Namespace()}}
	b.Spec.Selector, b.Spec.MaxUnavailable = selector("budget"), pointer(intstr.FromString("30%")) // 2 of 4
	Must(t, c.Create(t.Context(), b))
	rolled(t, c, d)
	allows := func(expected, healthy, desired, allowed int32) {
		t.Helper()
		Eventually(t, "the budget", func() error {
			Must(t, c.Get(t.Context(), b))
			s := b.Status
			if s.ExpectedPods != expected || s.CurrentHealthy != healthy || s.DesiredHealthy != desired || s.DisruptionsAllowed != allowed || s.ObservedGeneration != b.Generation {
				return fmt.Errorf("want %d expected, %d healthy, %d desired, %d allowed: %+v", expected, healthy, desired, allowed, s)
			}
			return nil
		})
	}
	allows(4, 4, 2, 2)
	change(t, c, b, func(b *policyv1.PodDisruptionBudget) {
		b.Spec.MaxUnavailable, b.Spec.MinAvailable = nil, pointer(intstr.FromInt32(4))
	})
	allows(4, 4, 4, 0)
	change(t, c, d, func(d *appsv1.Deployment) { d.Spec.Replicas = pointer(int32(5)) })
	allows(5, 5, 4, 1)
}
