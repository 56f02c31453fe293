package deliver

import (
	"fmt"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// verdict is how a workload stands.
type verdict struct {
	phase            Phase
	message          string // what it waits for, or why it failed
	hopeful          bool   // Failed, but something else that is still changing may help it
	pod              *corev1.Pod
	container, image string
	next             string // what a person can do about a failure
}

// judge tells how a workload stands, from its status, its pods and the events about them.
func (s *state) judge(u *unstructured.Unstructured, now time.Time) verdict {
	if u.GetDeletionTimestamp() != nil {
		return verdict{phase: Failed, message: "is being deleted by somebody else", hopeful: true}
	}
	observed, has, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration")
	if has && observed < u.GetGeneration() {
		return verdict{phase: Waiting, message: "waiting to be seen by its controller"}
	}
	if u.GetKind() == "Job" {
		return s.judgeJob(u, now)
	}
	if paused, _, _ := unstructured.NestedBool(u.Object, "spec", "paused"); paused {
		return verdict{phase: Ready, message: "paused"}
	}
	result, err := status.Compute(u)
	if err == nil && result.Status == status.CurrentStatus {
		return verdict{phase: Ready}
	}
	pods := s.podsOf(u)
	if v := s.worst(pods, now); v.phase == Failed {
		return v
	}
	if err == nil && result.Status == status.FailedStatus {
		return verdict{phase: Failed, message: result.Message, next: "see slipway events and slipway logs"}
	}
	if v, stuck := s.stuck(u, now); stuck {
		return v
	}
	v := s.worst(pods, now)
	return verdict{phase: Waiting, message: join2(s.count(u), v.message), pod: v.pod, container: v.container}
}

// judgeJob is not kstatus': there, a Job that runs is as good as one that is complete.
func (s *state) judgeJob(u *unstructured.Unstructured, now time.Time) verdict {
	switch {
	case condition(u, "Complete"):
		return verdict{phase: Ready, message: "complete"}
	case condition(u, "Failed"):
		v := verdict{phase: Failed, message: "failed: " + conditionMessage(u, "Failed")}
		if pods := s.podsOf(u); len(pods) > 0 {
			v.pod = pods[len(pods)-1]
			v.container = failedContainer(v.pod)
			if code := exitCode(v.pod, v.container); code != "" {
				v.message = "failed: container " + v.container + " " + code
			}
		}
		return v
	}
	if suspended, _, _ := unstructured.NestedBool(u.Object, "spec", "suspend"); suspended {
		return verdict{phase: Ready, message: "suspended"}
	}
	pods := s.podsOf(u)
	v := s.worst(pods, now)
	if v.phase == Failed {
		return v
	}
	if v.message == "" {
		v.message = "running"
		if stuck, is := s.stuck(u, now); is || len(pods) == 0 {
			if v.message = "waiting for its pod"; is {
				return stuck
			}
		}
	}
	return verdict{phase: Waiting, message: v.message, pod: v.pod, container: v.container}
}

// worst is the verdict over several pods: the first that has failed, else what the first that is not ready waits for.
func (s *state) worst(pods []*corev1.Pod, now time.Time) verdict {
	var waiting verdict
	for _, p := range pods {
		v := s.judgePod(p, now)
		if v.phase == Failed && !v.hopeful {
			return v
		}
		if waiting.phase == "" || (v.phase == Failed && waiting.phase != Failed) {
			if v.phase != Ready {
				waiting = v
			}
		}
	}
	return waiting
}

// creationGrace is how long a controller may fail to create pods (a quota that is being freed, an account that is
// being made) before that is taken as a failure.
const creationGrace = 5 * time.Second

// stuck tells whether a workload's controller cannot create its pods.
func (s *state) stuck(u *unstructured.Unstructured, now time.Time) (verdict, bool) {
	abouts := []types.UID{u.GetUID()}
	if u.GetKind() == "Deployment" {
		if set := s.newestSet(u); set != nil {
			abouts = append(abouts, set.GetUID())
		}
	}
	for _, about := range abouts {
		e := s.latest(about, "FailedCreate", "SuccessfulCreate")
		if e == nil || e.Reason != "FailedCreate" {
			continue
		}
		v := verdict{phase: Waiting, message: "its pods cannot be created: " + e.Message}
		if now.Sub(began(e)) > creationGrace {
			v.phase, v.hopeful = Failed, true
		}
		return v, true
	}
	return verdict{}, false
}

// count is "1 of 3 ready".
func (s *state) count(u *unstructured.Unstructured) string {
	want, found, _ := unstructured.NestedInt64(u.Object, "spec", "replicas")
	if !found {
		if u.GetKind() != "DaemonSet" {
			return ""
		}
		want, _, _ = unstructured.NestedInt64(u.Object, "status", "desiredNumberScheduled")
	}
	ready := 0
	for _, p := range s.podsOf(u) {
		if podReady(p) {
			ready++
		}
	}
	return fmt.Sprintf("%d of %d ready", ready, want)
}

func began(e *corev1.Event) time.Time {
	switch {
	case !e.FirstTimestamp.IsZero():
		return e.FirstTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}

func condition(u *unstructured.Unstructured, name string) bool {
	return conditionField(u, name, "status") == string(metav1.ConditionTrue)
}

func conditionMessage(u *unstructured.Unstructured, name string) string {
	return conditionField(u, name, "message")
}

func conditionField(u *unstructured.Unstructured, name, field string) string {
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range list {
		if m, ok := c.(map[string]any); ok && m["type"] == name {
			v, _ := m[field].(string)
			return v
		}
	}
	return ""
}

func join2(a, b string) string {
	if a != "" && b != "" {
		return a + ", " + b
	}
	return a + b
}
