package table

import (
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tally counts restarts and remembers the last.
type tally struct {
	n    int
	last time.Time
}

func (t *tally) add(s *corev1.ContainerStatus) {
	t.n += int(s.RestartCount)
	if e := s.LastTerminationState.Terminated; e != nil && t.last.Before(e.FinishedAt.Time) {
		t.last = e.FinishedAt.Time
	}
}

func (t tally) text(now time.Time) string {
	if t.n == 0 || t.last.IsZero() {
		return strconv.Itoa(t.n)
	}
	return fmt.Sprintf("%d (%s ago)", t.n, since(now, t.last))
}

func (r row) pod(p *corev1.Pod) metav1.TableRow {
	ready, total := 0, len(p.Spec.Containers)
	sidecar := map[string]bool{}
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			sidecar[c.Name] = true
			total++
		}
	}
	reason := or(p.Status.Reason, string(p.Status.Phase))
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Reason == corev1.PodReasonSchedulingGated {
			reason = corev1.PodReasonSchedulingGated
		}
	}
	var restarts, sidecars tally
	initializing := false
	for i := range p.Status.InitContainerStatuses {
		s := &p.Status.InitContainerStatuses[i]
		restarts.add(s)
		if sidecar[s.Name] {
			sidecars.add(s)
		}
		if e := s.State.Terminated; e != nil && e.ExitCode == 0 {
			continue
		}
		if sidecar[s.Name] && s.Started != nil && *s.Started {
			if s.Ready {
				ready++
			}
			continue
		}
		reason, initializing = initReason(s, i, len(p.Spec.InitContainers)), true
		break
	}
	if !initializing || condition(p, corev1.PodInitialized) {
		restarts = sidecars
		n := 0
		reason, n = runReason(p, reason, &restarts)
		ready += n
	}
	over := p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
	if p.DeletionTimestamp != nil && p.Status.Reason == "NodeLost" {
		reason = "Unknown"
	} else if p.DeletionTimestamp != nil && !over {
		reason = "Terminating"
	}
	ip := ""
	if len(p.Status.PodIPs) > 0 {
		ip = p.Status.PodIPs[0].IP
	}
	out := r.of(r.name, fmt.Sprintf("%d/%d", ready, total), reason, restarts.text(r.now), r.age,
		or(ip, "<none>"), or(p.Spec.NodeName, "<none>"), or(p.Status.NominatedNodeName, "<none>"), gates(p))
	switch p.Status.Phase {
	case corev1.PodSucceeded:
		out.Conditions = completed("Succeeded", "The pod has completed successfully.")
	case corev1.PodFailed:
		out.Conditions = completed("Failed", "The pod failed.")
	}
	return out
}

func completed(reason, message string) []metav1.TableRowCondition {
	return []metav1.TableRowCondition{{Type: metav1.RowCompleted, Status: metav1.ConditionTrue, Reason: reason, Message: message}}
}

// ended says how a container ended.
func ended(e *corev1.ContainerStateTerminated) string {
	switch {
	case e.Reason != "":
		return e.Reason
	case e.Signal != 0:
		return fmt.Sprintf("Signal:%d", e.Signal)
	}
	return fmt.Sprintf("ExitCode:%d", e.ExitCode)
}

func initReason(s *corev1.ContainerStatus, i, n int) string {
	if e := s.State.Terminated; e != nil {
		return "Init:" + ended(e)
	}
	if w := s.State.Waiting; w != nil && w.Reason != "" && w.Reason != "PodInitializing" {
		return "Init:" + w.Reason
	}
	return fmt.Sprintf("Init:%d/%d", i, n)
}

// runReason is what the containers proper make of the reason so far, and how many of them are ready.
func runReason(p *corev1.Pod, reason string, restarts *tally) (string, int) {
	ready, failure := 0, ""
	for i := len(p.Status.ContainerStatuses) - 1; i >= 0; i-- {
		s := &p.Status.ContainerStatuses[i]
		restarts.add(s)
		switch w, e := s.State.Waiting, s.State.Terminated; {
		case w != nil && w.Reason != "":
			reason = w.Reason
		case e != nil:
			reason = ended(e)
			if e.ExitCode != 0 {
				failure = reason
			}
		case s.Ready && s.State.Running != nil:
			ready++
		}
	}
	if reason == "Completed" {
		switch {
		case ready > 0 && condition(p, corev1.PodReady):
			reason = "Running"
		case failure != "":
			reason = failure
		case ready > 0:
			reason = "NotReady"
		}
	}
	return reason, ready
}

func condition(p *corev1.Pod, t corev1.PodConditionType) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == t {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func gates(p *corev1.Pod) string {
	if len(p.Spec.ReadinessGates) == 0 {
		return "<none>"
	}
	n := 0
	for _, g := range p.Spec.ReadinessGates {
		if condition(p, g.ConditionType) {
			n++
		}
	}
	return fmt.Sprintf("%d/%d", n, len(p.Spec.ReadinessGates))
}
