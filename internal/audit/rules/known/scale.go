package known

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Scale is how many pods a workload has.
type Scale struct {
	Min, Max   int             // the same without an autoscaler
	Autoscaler *objects.Object // nil if there is none
	Written    bool            // the workload itself says how many
}

// ScaleOf tells how many pods a workload has; false for what is not scaled (a Pod, a Job, a DaemonSet).
func ScaleOf(g *objects.Graph, w *objects.Workload) (Scale, bool) {
	var replicas *int32
	switch o := w.Object.Object.(type) {
	case *appsv1.Deployment:
		replicas = o.Spec.Replicas
	case *appsv1.StatefulSet:
		replicas = o.Spec.Replicas
	case *appsv1.ReplicaSet:
		replicas = o.Spec.Replicas
	case *corev1.ReplicationController:
		replicas = o.Spec.Replicas
	default:
		return Scale{}, false
	}
	s := Scale{Min: 1, Max: 1}
	if replicas != nil {
		s.Min, s.Max, s.Written = int(*replicas), int(*replicas), true
	}
	for _, r := range g.To(w.Object) {
		h, ok := r.From.Object.(*autoscalingv2.HorizontalPodAutoscaler)
		if !ok {
			continue
		}
		s.Autoscaler, s.Min, s.Max = r.From, 1, max(1, int(h.Spec.MaxReplicas))
		if m := h.Spec.MinReplicas; m != nil {
			s.Min = int(*m)
		}
	}
	return s, true
}

// Composed says that an object was compiled from a Compose project.
func Composed(o *objects.Object) bool { return o.Origin.Path != "" }

// Runs says that a workload's pods are meant to stay: it is no Job, no CronJob and no Pod that ends.
func Runs(w *objects.Workload) bool {
	switch w.Kind() {
	case "Job", "CronJob":
		return false
	case "Pod":
		return w.Pod.RestartPolicy == "" || w.Pod.RestartPolicy == corev1.RestartPolicyAlways
	}
	return true
}
