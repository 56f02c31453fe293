package node

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// conditions of the pod that are the node's to say. The others, among them those of readiness gates, stay.
func (w *worker) conditions(pod *corev1.Pod, s *corev1.PodStatus) {
	over := s.Phase == corev1.PodSucceeded || s.Phase == corev1.PodFailed
	ended := map[corev1.PodPhase]string{corev1.PodSucceeded: "PodCompleted", corev1.PodFailed: "PodFailed"}[s.Phase]

	w.set(s, pod, corev1.PodScheduled, true, "", "")
	w.set(s, pod, corev1.PodReadyToStartContainers, w.ready.done && (w.stop == nil || !w.stop.released), "", "")

	var incomplete, unready []string
	for _, c := range w.all {
		if c.kind == initial && !c.Done && !w.rec.Initialized || c.kind == sidecar && !w.rec.Initialized && (c.run == nil || !c.run.started) {
			incomplete = append(incomplete, c.name)
		}
		if c.kind != initial && (c.run == nil || !c.run.ready) {
			unready = append(unready, c.name)
		}
	}
	switch {
	case s.Phase == corev1.PodSucceeded:
		w.set(s, pod, corev1.PodInitialized, true, ended, "")
	case len(incomplete) > 0:
		w.set(s, pod, corev1.PodInitialized, false, "ContainersNotInitialized", fmt.Sprintf("containers with incomplete status: %s", incomplete))
	default:
		w.set(s, pod, corev1.PodInitialized, true, "", "")
	}
	switch {
	case over:
		w.set(s, pod, corev1.ContainersReady, false, ended, "")
		w.set(s, pod, corev1.PodReady, false, ended, "")
		return
	case len(unready) > 0:
		text := fmt.Sprintf("containers with unready status: %s", unready)
		w.set(s, pod, corev1.ContainersReady, false, "ContainersNotReady", text)
		w.set(s, pod, corev1.PodReady, false, "ContainersNotReady", text)
		return
	}
	w.set(s, pod, corev1.ContainersReady, true, "", "")
	if missing := gates(pod, s); missing != "" {
		w.set(s, pod, corev1.PodReady, false, "ReadinessGatesNotReady", missing)
		return
	}
	w.set(s, pod, corev1.PodReady, true, "", "")
}

// gates tells which of the pod's readiness gates are closed.
func gates(pod *corev1.Pod, s *corev1.PodStatus) string {
	var out []string
	for _, g := range pod.Spec.ReadinessGates {
		c := findCondition(s, g.ConditionType)
		if c == nil {
			out = append(out, fmt.Sprintf("corresponding condition of pod readiness gate %q does not exist.", g.ConditionType))
		} else if c.Status != corev1.ConditionTrue {
			out = append(out, fmt.Sprintf("the status of pod readiness gate %q is not \"True\", but %v", g.ConditionType, c.Status))
		}
	}
	return strings.Join(out, ", ")
}

func findCondition(s *corev1.PodStatus, t corev1.PodConditionType) *corev1.PodCondition {
	for i := range s.Conditions {
		if s.Conditions[i].Type == t {
			return &s.Conditions[i]
		}
	}
	return nil
}

func (w *worker) set(s *corev1.PodStatus, pod *corev1.Pod, t corev1.PodConditionType, value bool, reason, message string) {
	status := corev1.ConditionFalse
	if value {
		status = corev1.ConditionTrue
	}
	c := findCondition(s, t)
	if c == nil {
		s.Conditions = append(s.Conditions, corev1.PodCondition{Type: t})
		c = &s.Conditions[len(s.Conditions)-1]
	}
	if c.Status != status {
		c.LastTransitionTime = metav1.Now().Rfc3339Copy()
	}
	c.Status, c.Reason, c.Message, c.ObservedGeneration = status, reason, message, pod.Generation
}
