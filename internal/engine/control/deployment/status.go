package deployment

import (
	"fmt"
	"math"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// Reasons of the condition Progressing.
const (
	reasonAvailable = "NewReplicaSetAvailable"
	reasonUpdated   = "ReplicaSetUpdated"
	reasonTimedOut  = "ProgressDeadlineExceeded"
	reasonPaused    = "DeploymentPaused"
	reasonResumed   = "DeploymentResumed"
)

func condition(s *appsv1.DeploymentStatus, t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range s.Conditions {
		if s.Conditions[i].Type == t {
			return &s.Conditions[i]
		}
	}
	return nil
}

func remove(s *appsv1.DeploymentStatus, t appsv1.DeploymentConditionType) {
	s.Conditions = slices.DeleteFunc(s.Conditions, func(c appsv1.DeploymentCondition) bool { return c.Type == t })
}

// set changes a condition, unless its status and reason are already so.
func (r *rollout) set(c appsv1.DeploymentCondition) {
	s := &r.d.Status
	if c.LastUpdateTime.IsZero() {
		c.LastUpdateTime, c.LastTransitionTime = r.Now(), r.Now()
	}
	if was := condition(s, c.Type); was != nil {
		if was.Status == c.Status && was.Reason == c.Reason {
			return
		}
		if was.Status == c.Status {
			c.LastTransitionTime = was.LastTransitionTime
		}
		remove(s, c.Type)
	}
	s.Conditions = append(s.Conditions, c)
}

func (r *rollout) progress(status corev1.ConditionStatus, reason, message string) {
	if hasDeadline(r.d) {
		r.set(appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: status, Reason: reason, Message: message})
	}
}

func hasDeadline(d *appsv1.Deployment) bool {
	return d.Spec.ProgressDeadlineSeconds != nil && *d.Spec.ProgressDeadlineSeconds != math.MaxInt32
}

// notePause keeps a paused Deployment from missing its deadline.
func (r *rollout) notePause() {
	c := condition(&r.d.Status, appsv1.DeploymentProgressing)
	if c != nil && c.Reason == reasonTimedOut {
		return
	}
	paused := c != nil && c.Reason == reasonPaused
	switch {
	case r.d.Spec.Paused && !paused:
		r.progress(corev1.ConditionUnknown, reasonPaused, "Deployment is paused")
	case !r.d.Spec.Paused && paused:
		r.progress(corev1.ConditionUnknown, reasonResumed, "Deployment is resumed")
	}
}

// countReplicas fills the numbers of the status and the condition Available.
func (r *rollout) countReplicas() {
	s := &r.d.Status
	asked, available := total(r.all())
	s.ObservedGeneration = r.d.Generation
	s.Replicas, s.ReadyReplicas, s.UpdatedReplicas = 0, 0, 0
	s.AvailableReplicas = available
	s.UnavailableReplicas = max(asked-available, 0)
	gone := int32(0)
	for _, rs := range r.all() {
		s.Replicas += rs.Status.Replicas
		s.ReadyReplicas += rs.Status.ReadyReplicas
		if n := rs.Status.TerminatingReplicas; n != nil {
			gone += *n
		}
	}
	s.TerminatingReplicas = &gone
	if r.current != nil {
		s.UpdatedReplicas = r.current.Status.Replicas
	}
	c := appsv1.DeploymentCondition{
		Type: appsv1.DeploymentAvailable, Status: corev1.ConditionFalse,
		Reason: "MinimumReplicasUnavailable", Message: "Deployment does not have minimum availability.",
	}
	if _, unavailable := fenceposts(r.d); available >= *r.d.Spec.Replicas-unavailable {
		c.Status, c.Reason, c.Message = corev1.ConditionTrue, "MinimumReplicasAvailable", "Deployment has minimum availability."
	}
	r.set(c)
}

func complete(d *appsv1.Deployment, s *appsv1.DeploymentStatus) bool {
	want := *d.Spec.Replicas
	return s.UpdatedReplicas == want && s.Replicas == want && s.AvailableReplicas == want && s.ObservedGeneration >= d.Generation
}

// judge fills the status and says how the rollout goes: complete, progressing, or past its deadline.
func (r *rollout) judge() {
	before := *r.d.Status.DeepCopy()
	r.countReplicas()
	s := &r.d.Status
	what := fmt.Sprintf("Deployment %q", r.d.Name)
	if r.current != nil {
		what = fmt.Sprintf("ReplicaSet %q", r.current.Name)
	}
	c := condition(s, appsv1.DeploymentProgressing)
	settled := s.Replicas == s.UpdatedReplicas && c != nil && c.Reason == reasonAvailable
	switch {
	case !hasDeadline(r.d):
		remove(s, appsv1.DeploymentProgressing)
	case settled:
	case complete(r.d, s):
		r.progress(corev1.ConditionTrue, reasonAvailable, what+" has successfully progressed.")
	case progressed(&before, s):
		next := appsv1.DeploymentCondition{
			Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: reasonUpdated,
			Message: what + " is progressing.", LastUpdateTime: r.Now(), LastTransitionTime: r.Now(),
		}
		if c != nil && c.Status == corev1.ConditionTrue {
			next.LastTransitionTime = c.LastTransitionTime
		}
		remove(s, appsv1.DeploymentProgressing) // progress counts even if status and reason stay
		r.set(next)
	case c != nil && r.timedOut(c):
		r.progress(corev1.ConditionFalse, reasonTimedOut, what+" has timed out progressing.")
	}
	r.noteFailure()
	r.watchDeadline()
}

// progressed tells whether more new pods are there, ready or available, or fewer old ones.
func progressed(was, is *appsv1.DeploymentStatus) bool {
	return is.UpdatedReplicas > was.UpdatedReplicas || is.Replicas-is.UpdatedReplicas < was.Replicas-was.UpdatedReplicas ||
		is.ReadyReplicas > was.ReadyReplicas || is.AvailableReplicas > was.AvailableReplicas
}

func (r *rollout) deadline(c *appsv1.DeploymentCondition) time.Time {
	return c.LastUpdateTime.Add(time.Duration(*r.d.Spec.ProgressDeadlineSeconds) * time.Second)
}

func (r *rollout) timedOut(c *appsv1.DeploymentCondition) bool {
	switch c.Reason {
	case reasonAvailable:
		return false
	case reasonTimedOut:
		return true
	}
	return !r.Clock.Now().Before(r.deadline(c))
}

// watchDeadline asks for a look when the deadline of a rollout under way has passed.
func (r *rollout) watchDeadline() {
	c := condition(&r.d.Status, appsv1.DeploymentProgressing)
	if !hasDeadline(r.d) || c == nil || c.Reason == reasonTimedOut || c.Reason == reasonAvailable || complete(r.d, &r.d.Status) {
		return
	}
	r.After(loop.KeyOf(r.d), r.deadline(c).Sub(r.Clock.Now()))
}

// noteFailure shows a ReplicaSet's trouble with its pods in the Deployment, that of the current one first.
func (r *rollout) noteFailure() {
	list := r.old
	if r.current != nil {
		list = append([]*appsv1.ReplicaSet{r.current}, list...)
	}
	for _, rs := range list {
		for _, c := range rs.Status.Conditions {
			if c.Type == appsv1.ReplicaSetReplicaFailure {
				r.set(appsv1.DeploymentCondition{
					Type: appsv1.DeploymentReplicaFailure, Status: c.Status, Reason: c.Reason, Message: c.Message,
					LastUpdateTime: c.LastTransitionTime, LastTransitionTime: c.LastTransitionTime,
				})
				return
			}
		}
	}
	remove(&r.d.Status, appsv1.DeploymentReplicaFailure)
}
