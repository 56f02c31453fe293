package pods

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Condition returns the pod's condition of that type, or nil.
func Condition(p *corev1.Pod, t corev1.PodConditionType) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == t {
			return &p.Status.Conditions[i]
		}
	}
	return nil
}

// Ready tells whether the pod's Ready condition is true.
func Ready(p *corev1.Pod) bool {
	c := Condition(p, corev1.PodReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

// Available tells whether the pod has been ready for minReady seconds, and if it is ready but has not, how long that
// still takes.
func Available(p *corev1.Pod, minReady int32, now time.Time) (bool, time.Duration) {
	c := Condition(p, corev1.PodReady)
	if c == nil || c.Status != corev1.ConditionTrue {
		return false, 0
	}
	if minReady == 0 {
		return true, 0
	}
	if c.LastTransitionTime.IsZero() {
		return false, time.Duration(minReady) * time.Second
	}
	wait := c.LastTransitionTime.Add(time.Duration(minReady) * time.Second).Sub(now)
	return wait <= 0, wait
}

// Finished tells whether all containers of the pod have ended for good.
func Finished(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// Active tells whether the pod counts as a replica: neither finished nor being deleted.
func Active(p *corev1.Pod) bool { return !Finished(p) && p.DeletionTimestamp == nil }

// Terminating tells whether the pod is being deleted and its containers may still run.
func Terminating(p *corev1.Pod) bool { return !Finished(p) && p.DeletionTimestamp != nil }

// Filter returns those for which keep is true.
func Filter(list []*corev1.Pod, keep func(*corev1.Pod) bool) []*corev1.Pod {
	var out []*corev1.Pod
	for _, p := range list {
		if keep(p) {
			out = append(out, p)
		}
	}
	return out
}

// Claims names the claims that the pod's volumes use. (Claims of generic ephemeral volumes the API refuses.)
func Claims(p *corev1.Pod) []string {
	var out []string
	for _, v := range p.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			out = append(out, v.PersistentVolumeClaim.ClaimName)
		}
	}
	return out
}
