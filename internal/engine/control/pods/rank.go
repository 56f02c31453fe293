package pods

import (
	"math"
	"sort"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

var phaseOrder = map[corev1.PodPhase]int{corev1.PodPending: 0, corev1.PodUnknown: 1, corev1.PodRunning: 2}

// SortForDeletion puts those first that are best deleted: not placed, not running, not ready, cheap (annotation
// controller.kubernetes.io/pod-deletion-cost), young, often restarted.
func SortForDeletion(list []*corev1.Pod, now time.Time) {
	sort.SliceStable(list, func(i, j int) bool { return deleteBefore(list[i], list[j], now) })
}

func deleteBefore(a, b *corev1.Pod, now time.Time) bool {
	if x, y := a.Spec.NodeName == "", b.Spec.NodeName == ""; x != y {
		return x
	}
	if x, y := phaseOrder[a.Status.Phase], phaseOrder[b.Status.Phase]; x != y {
		return x < y
	}
	ready := Ready(a)
	if ready != Ready(b) {
		return !ready
	}
	if x, y := deletionCost(a), deletionCost(b); x != y {
		return x < y
	}
	if ready {
		x, y := Condition(a, corev1.PodReady).LastTransitionTime.Time, Condition(b, corev1.PodReady).LastTransitionTime.Time
		if !x.Equal(y) {
			return youngerFirst(a, b, x, y, now)
		}
	}
	if x, y := restarts(a), restarts(b); x != y {
		return x > y
	}
	if x, y := a.CreationTimestamp.Time, b.CreationTimestamp.Time; !x.Equal(y) {
		return youngerFirst(a, b, x, y, now)
	}
	return false
}

// youngerFirst compares ages on a scale of powers of two, ties broken by UID (KEP-2185: random but fair).
func youngerFirst(a, b *corev1.Pod, x, y, now time.Time) bool {
	if x.IsZero() || y.IsZero() {
		return x.IsZero()
	}
	if d := magnitude(now.Sub(x)) - magnitude(now.Sub(y)); d != 0 {
		return d < 0
	}
	return a.UID < b.UID
}

func magnitude(age time.Duration) int {
	if age <= 0 {
		return -1
	}
	return int(math.Log2(float64(age)))
}

func deletionCost(p *corev1.Pod) int64 {
	v, err := strconv.ParseInt(p.Annotations[corev1.PodDeletionCost], 10, 32)
	if err != nil {
		return 0
	}
	return v
}

func restarts(p *corev1.Pod) int32 {
	var n int32
	for _, c := range p.Status.ContainerStatuses {
		n = max(n, c.RestartCount)
	}
	return n
}
