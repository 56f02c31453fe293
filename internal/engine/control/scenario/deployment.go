package scenario

import (
	"fmt"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func newDeployment(c Cluster, name string, replicas int32, b Behaviour) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: c.Namespace()}}
	d.Spec.Replicas, d.Spec.Selector, d.Spec.Template = &replicas, selector(name), template(c, b, name)
	return d
}

// rolled checks that a rollout is complete, as `kubectl rollout status` does.
func rolled(t *testing.T, c Cluster, d *appsv1.Deployment) {
	t.Helper()
	Eventually(t, "rollout of "+d.Name, func() error {
		if err := c.Get(t.Context(), d); err != nil {
			return err
		}
		s, want := d.Status, *d.Spec.Replicas
		if s.ObservedGeneration < d.Generation || s.Replicas != want || s.UpdatedReplicas != want || s.AvailableReplicas != want {
			return fmt.Errorf("generation %d, want %d replicas: %+v", d.Generation, want, s)
		}
		return nil
	})
}

func progressing(d *appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentProgressing {
			return c.Reason
		}
	}
	return ""
}

// RollingUpdate promises that an update, in every combination of maxSurge and maxUnavailable, ends complete and never
// goes beyond either.
func RollingUpdate(t *testing.T, c Cluster) {
	for _, tc := range []struct{ replicas, surge, unavailable int32 }{{3, 1, 0}, {4, 2, 1}, {3, 0, 1}, {1, 1, 0}} {
		name := fmt.Sprintf("roll-%d-%d-%d", tc.replicas, tc.surge, tc.unavailable)
		d := newDeployment(c, name, tc.replicas, Serves)
		d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{
			MaxSurge: pointer(intstr.FromInt32(tc.surge)), MaxUnavailable: pointer(intstr.FromInt32(tc.unavailable)),
		}}
		Must(t, c.Create(t.Context(), d))
		rolled(t, c, d)
		o := observe(t, c, name)
		o.hold(func(active, ready, _ int) string {
			if c.Strict() && active > int(tc.replicas+tc.surge) {
				return fmt.Sprintf("%s: %d pods, maxSurge allows %d", name, active, tc.replicas+tc.surge)
			}
			return ""
		})
		Eventually(t, "the pods seen", func() error {
			if len(o.order()) < int(tc.replicas) {
				return errNotYet
			}
			return nil
		})
		o.hold(func(active, ready, _ int) string {
			switch {
			case c.Strict() && active > int(tc.replicas+tc.surge):
				return fmt.Sprintf("%s: %d pods, maxSurge allows %d", name, active, tc.replicas+tc.surge)
			case ready < int(tc.replicas-tc.unavailable):
				return fmt.Sprintf("%s: %d ready pods, maxUnavailable allows no fewer than %d", name, ready, tc.replicas-tc.unavailable)
			}
			return ""
		})
		for _, v := range []string{"2", "3"} {
			change(t, c, d, func(d *appsv1.Deployment) {
				d.Spec.Template.Annotations = with(d.Spec.Template.Annotations, "version", v)
			})
			if v == "2" {
				continue // the second template comes while the first is rolled out
			}
			rolled(t, c, d)
		}
		o.check(t)
		o.hold(nil)
		if r := progressing(d); r != "NewReplicaSetAvailable" {
			Eventually(t, "condition Progressing", func() error {
				Must(t, c.Get(t.Context(), d))
				if r := progressing(d); r != "NewReplicaSetAvailable" {
					return fmt.Errorf("reason %s", r)
				}
				return nil
			})
		}
	}
}

func with(m map[string]string, k, v string) map[string]string {
	out := map[string]string{k: v}
	for a, b := range m {
		if a != k {
			out[a] = b
		}
	}
	return out
}

// Undo promises that the old template of a rollback gets its ReplicaSet back, as the newest revision, and that history
// is kept to its limit.
func Undo(t *testing.T, c Cluster) {
	d := newDeployment(c, "undo", 2, Serves)
	d.Spec.RevisionHistoryLimit = pointer(int32(1))
	Must(t, c.Create(t.Context(), d))
	rolled(t, c, d)
	first := d.Spec.Template.DeepCopy()
	revise := func(f func(*appsv1.Deployment)) {
		change(t, c, d, f)
		rolled(t, c, d)
	}
	revise(func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = with(d.Spec.Template.Annotations, "version", "2")
	})
	if r := d.Annotations["deployment.kubernetes.io/revision"]; r != "2" {
		t.Errorf("revision %q after one update", r)
	}
	revise(func(d *appsv1.Deployment) { d.Spec.Template = *first.DeepCopy() })
	if r := d.Annotations["deployment.kubernetes.io/revision"]; r != "3" {
		t.Errorf("revision %q after the rollback", r)
	}
	if n := len(list(t, c, &appsv1.ReplicaSet{})); n != 2 {
		t.Errorf("%d ReplicaSets after a rollback, want 2", n)
	}
	revise(func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = with(d.Spec.Template.Annotations, "version", "4")
	})
	Eventually(t, "history", func() error {
		if n := len(list(t, c, &appsv1.ReplicaSet{})); n != 2 {
			return fmt.Errorf("%d ReplicaSets, revisionHistoryLimit is 1", n)
		}
		return nil
	})
}

// BadUpdate promises that a template whose pods never become ready leaves the old version serving, is reported when
// progressDeadlineSeconds have passed, and is gone after a rollback.
func BadUpdate(t *testing.T, c Cluster) {
	d := newDeployment(c, "bad", 3, Serves)
	d.Spec.ProgressDeadlineSeconds = pointer(int32(1))
	d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{
		MaxSurge: pointer(intstr.FromString("25%")), MaxUnavailable: pointer(intstr.FromString("25%")), // 1 and 0 of 3
	}}
	Must(t, c.Create(t.Context(), d))
	rolled(t, c, d)
	good := d.Spec.Template.DeepCopy()
	change(t, c, d, func(d *appsv1.Deployment) { d.Spec.Template = template(c, Hangs, "bad") })
	Eventually(t, "the deadline", func() error {
		Must(t, c.Get(t.Context(), d))
		if r := progressing(d); r != "ProgressDeadlineExceeded" {
			return fmt.Errorf("reason %q", r)
		}
		return nil
	})
	if d.Status.AvailableReplicas != 3 || d.Status.UpdatedReplicas != 1 {
		t.Errorf("want 3 old pods serving beside 1 new: %+v", d.Status)
	}
	change(t, c, d, func(d *appsv1.Deployment) { d.Spec.Template = *good })
	rolled(t, c, d)
}

// Recreate promises that no pod of the new template exists while one of the old does.
func Recreate(t *testing.T, c Cluster) {
	d := newDeployment(c, "recreate", 3, Serves)
	d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	Must(t, c.Create(t.Context(), d))
	rolled(t, c, d)
	o := observe(t, c, "recreate")
	o.hold(func(_, _, existing int) string {
		hashes := map[string]bool{}
		for _, p := range o.pods {
			if p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded {
				hashes[p.Labels["pod-template-hash"]] = true
			}
		}
		if len(hashes) > 1 {
			return fmt.Sprintf("pods of %d templates at once", len(hashes))
		}
		return ""
	})
	change(t, c, d, func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = with(d.Spec.Template.Annotations, "version", "2")
	})
	rolled(t, c, d)
	o.check(t)
}

// PauseAndScale promises that a paused Deployment does not roll but scales, and rolls when resumed.
func PauseAndScale(t *testing.T, c Cluster) {
	d := newDeployment(c, "pause", 2, Serves)
	Must(t, c.Create(t.Context(), d))
	rolled(t, c, d)
	change(t, c, d, func(d *appsv1.Deployment) {
		d.Spec.Paused = true
		d.Spec.Replicas = pointer(int32(4))
		d.Spec.Template.Annotations = with(d.Spec.Template.Annotations, "version", "2")
	})
	Eventually(t, "four pods of the old template", func() error {
		Must(t, c.Get(t.Context(), d))
		if s := d.Status; s.AvailableReplicas != 4 || s.UpdatedReplicas != 0 || progressing(d) != "DeploymentPaused" {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	change(t, c, d, func(d *appsv1.Deployment) { d.Spec.Paused = false })
	rolled(t, c, d)
	change(t, c, d, func(d *appsv1.Deployment) { d.Spec.Replicas = pointer(int32(0)) })
	rolled(t, c, d)
	Eventually(t, "no pods", func() error {
		if n := len(list(t, c, &corev1.Pod{})); n != 0 {
			return fmt.Errorf("%d pods", n)
		}
		return nil
	})
}

// SelfHealing promises that a deleted pod is replaced, and only it.
func SelfHealing(t *testing.T, c Cluster) {
	d := newDeployment(c, "heal", 3, Serves)
	Must(t, c.Create(t.Context(), d))
	rolled(t, c, d)
	victim := list(t, c, &corev1.Pod{})[0]
	Must(t, c.Delete(t.Context(), victim, metav1.DeleteOptions{}))
	Eventually(t, "a replacement", func() error {
		now := list(t, c, &corev1.Pod{})
		ready, old := 0, 0
		for _, p := range now {
			if activePod(p) && readyPod(p) {
				ready++
			}
			if p.UID == victim.UID {
				old++
			}
		}
		if ready != 3 || old != 0 || len(now) != 3 {
			return fmt.Errorf("%d pods, %d ready", len(now), ready)
		}
		return nil
	})
}

// ScalesInProportion promises that a Deployment that is scaled while an update hangs keeps the proportion of its
// templates (the example of Kubernetes' documentation).
func ScalesInProportion(t *testing.T, c Cluster) {
	d := newDeployment(c, "share", 10, Serves)
	d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{
		MaxSurge: pointer(intstr.FromInt32(3)), MaxUnavailable: pointer(intstr.FromInt32(2)),
	}}
	Must(t, c.Create(t.Context(), d))
	rolled(t, c, d)
	sizes := func(want ...int32) {
		t.Helper()
		Eventually(t, fmt.Sprintf("ReplicaSets of %v", want), func() error {
			var have []int32
			for _, rs := range list(t, c, &appsv1.ReplicaSet{}) {
				if rs.Status.Replicas == *rs.Spec.Replicas {
					have = append(have, *rs.Spec.Replicas)
				}
			}
			slices.Sort(have)
			if !slices.Equal(have, want) {
				return fmt.Errorf("%v", have)
			}
			return nil
		})
	}
	change(t, c, d, func(d *appsv1.Deployment) { d.Spec.Template = template(c, Hangs, "share") })
	sizes(5, 8)
	change(t, c, d, func(d *appsv1.Deployment) { d.Spec.Replicas = pointer(int32(15)) })
	sizes(7, 11)
}
