package deliver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	// scheduleGrace is how long a pod may find no node before that is taken as a failure, as kstatus has it.
	scheduleGrace = 15 * time.Second
	// configGrace covers the moment in which a node has not yet heard of a ConfigMap or Secret.
	configGrace = 5 * time.Second
	// restartsTolerated is how often a container may have died before its dying counts as a failure: twice may be a
	// dependency that was late.
	restartsTolerated = 2
)

// judgePod tells how one pod stands.
func (s *state) judgePod(p *corev1.Pod, now time.Time) verdict {
	if podReady(p) || p.Status.Phase == corev1.PodSucceeded {
		return verdict{phase: Ready, pod: p}
	}
	for i := range p.Status.Conditions {
		c := &p.Status.Conditions[i]
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			v := verdict{phase: Waiting, pod: p, message: "no node can take it: " + c.Message}
			if now.Sub(c.LastTransitionTime.Time) > scheduleGrace {
				v.phase, v.hopeful, v.next = Failed, true, "ask for less (resources, node selector), or add a node"
			}
			return v
		}
	}
	for i := range p.Status.InitContainerStatuses {
		c := &p.Status.InitContainerStatuses[i]
		if done := c.State.Terminated != nil && c.State.Terminated.ExitCode == 0; !done && !c.Ready {
			return s.judgeContainer(p, c, now)
		}
	}
	var first verdict
	for i := range p.Status.ContainerStatuses {
		c := &p.Status.ContainerStatuses[i]
		if c.Ready {
			continue
		}
		v := s.judgeContainer(p, c, now)
		if first.phase == "" || (v.phase == Failed && first.phase != Failed) {
			first = v
		}
	}
	if first.phase != "" {
		return first
	}
	if p.Status.Phase == corev1.PodFailed && p.Status.Message != "" {
		return verdict{phase: Failed, pod: p, hopeful: true, message: strings.ToLower(p.Status.Reason) + ": " + p.Status.Message}
	}
	return s.blocked(verdict{phase: Waiting, pod: p, message: "waiting for pod " + p.Name}, p)
}

// blocked adds to what is waited for what is in the way. A full disk does not get better by waiting, but what was said
// about it before this run may be old.
func (s *state) blocked(v verdict, p *corev1.Pod) verdict {
	obstacle := s.obstacle(p)
	v.message = join2(v.message, obstacle)
	if strings.Contains(obstacle, "no space left on device") && !p.CreationTimestamp.Time.Before(s.began.Add(-time.Second)) {
		v.phase, v.message = Failed, "pod "+p.Name+" cannot start: "+obstacle
		v.next = "free some space on that disk, then run up again"
	}
	return v
}

// judgeContainer tells how a container stands that is not ready.
func (s *state) judgeContainer(p *corev1.Pod, c *corev1.ContainerStatus, now time.Time) verdict {
	v := verdict{phase: Waiting, pod: p, container: c.Name, image: c.Image}
	if w := c.State.Waiting; w != nil {
		return s.judgeWaiting(v, p, c, w, now)
	}
	if t := c.State.Terminated; t != nil {
		v.message = "container " + c.Name + " " + ended(t)
		return v
	}
	v.message = "waiting for " + containerWord(p, c.Name) + "to be ready"
	if answer := s.probeAnswer(p); answer != "" {
		v.message = "waiting for " + answer
	}
	return v
}

func (s *state) judgeWaiting(v verdict, p *corev1.Pod, c *corev1.ContainerStatus, w *corev1.ContainerStateWaiting, now time.Time) verdict {
	switch w.Reason {
	case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ErrImageNotFound":
		v.message = fmt.Sprintf("image %q %s", imageOf(p, c.Name), imageTrouble(w, s.latest(p.UID, "Failed")))
		if !passing(w.Message) {
			v.phase, v.next = Failed, imageAdvice
		}
	case "CreateContainerConfigError", "CreateContainerError", "RunContainerError":
		v.message = fmt.Sprintf("container %s cannot be created: %s", c.Name, w.Message)
		if now.Sub(p.CreationTimestamp.Time) > configGrace {
			v.phase = Failed
		}
	case "CrashLoopBackOff":
		v.message = "container " + c.Name + " " + crashed(c)
		if c.RestartCount >= restartsTolerated {
			v.phase, v.hopeful = Failed, true
		}
	default:
		v.message = "waiting for " + containerWord(p, c.Name) + "to start"
		return s.blocked(v, p)
	}
	return v
}

// obstacle is what the latest event says about a pod that does not start.
func (s *state) obstacle(p *corev1.Pod) string {
	e := s.latest(p.UID, "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "Pulling", "Pulled", "Scheduled")
	if e == nil {
		return ""
	}
	switch e.Reason {
	case "Pulled", "Scheduled":
		return ""
	case "Pulling":
		return strings.ToLower(e.Message)
	}
	return oneLine(e.Message)
}

func containerWord(p *corev1.Pod, name string) string {
	if len(p.Spec.Containers) > 1 {
		return "container " + name + " of pod " + p.Name + " "
	}
	return "pod " + p.Name + " "
}

// crashed says how a container that is restarted again and again ended the last time.
func crashed(c *corev1.ContainerStatus) string {
	how := "ends again and again"
	if t := c.LastTerminationState.Terminated; t != nil {
		how = ended(t)
	}
	if c.RestartCount == 1 {
		return how + ", restarted once"
	}
	return fmt.Sprintf("%s, restarted %d times", how, c.RestartCount)
}

func ended(t *corev1.ContainerStateTerminated) string {
	switch {
	case t.Reason == "StartError" || t.Reason == "ContainerCannotRun":
		return "could not be started: " + oneLine(t.Message)
	case t.Reason == "OOMKilled":
		return "was killed because it used more memory than its limit"
	case t.Signal != 0:
		return fmt.Sprintf("was ended by signal %d", t.Signal)
	}
	return fmt.Sprintf("exited with code %d", t.ExitCode)
}

// failedContainer is the container of a pod that made it fail.
func failedContainer(p *corev1.Pod) string {
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if t := c.State.Terminated; t != nil && t.ExitCode != 0 {
			return c.Name
		}
	}
	if len(p.Spec.Containers) > 0 {
		return p.Spec.Containers[0].Name
	}
	return ""
}

func exitCode(p *corev1.Pod, container string) string {
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if t := c.State.Terminated; c.Name == container && t != nil {
			return ended(t)
		}
	}
	return ""
}

func imageOf(p *corev1.Pod, container string) string {
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		if c.Name == container {
			return c.Image
		}
	}
	return ""
}

func podReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func ownedBy(o metav1.Object, uid types.UID) bool { return owned(o.GetOwnerReferences(), uid) }

func owned(refs []metav1.OwnerReference, uid types.UID) bool {
	return slices.ContainsFunc(refs, func(r metav1.OwnerReference) bool { return r.UID == uid })
}
