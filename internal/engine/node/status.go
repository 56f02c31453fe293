package node

import (
	corev1 "k8s.io/api/core/v1"
)

// newStatus is the pod's status as it is now; what others have written into it stays.
func (w *worker) newStatus(pod *corev1.Pod) *corev1.PodStatus {
	s := pod.Status.DeepCopy()
	if finished(pod) && w.stop != nil && w.stop.finished {
		return s // its last words are said
	}
	s.ObservedGeneration = pod.Generation
	s.QOSClass = qos(pod)
	s.StartTime = w.rec.StartTime
	host := w.ready.host
	if !host.IsValid() {
		host = hostIP()
	}
	s.HostIP, s.HostIPs = host.String(), []corev1.HostIP{{IP: host.String()}}
	if ip := w.ready.at.IP; w.ready.done && ip.IsValid() {
		s.PodIP, s.PodIPs = ip.String(), []corev1.PodIP{{IP: ip.String()}}
	}
	s.ContainerStatuses, s.InitContainerStatuses = nil, nil
	for _, c := range w.all {
		st := w.containerStatus(c)
		if c.kind == regular {
			s.ContainerStatuses = append(s.ContainerStatuses, st)
		} else {
			s.InitContainerStatuses = append(s.InitContainerStatuses, st)
		}
	}
	s.Phase = w.phase()
	if w.stop != nil && w.stop.reason != "" {
		s.Reason, s.Message = w.stop.reason, w.stop.message
	}
	w.conditions(pod, s)
	return s
}

// containerStatus is the state of one container.
func (w *worker) containerStatus(c *container) corev1.ContainerStatus {
	spec := w.spec(c)
	st := corev1.ContainerStatus{Name: c.name, Image: spec.Image, ImageID: c.ImageID, RestartCount: int32(max(c.Attempt, 0))}
	isFalse, isTrue := false, true
	st.Started = &isFalse
	if c.Attempt >= 0 {
		st.ContainerID = "slipway://" + containerID(w.uid, c.name, c.Attempt)
	}
	terminated := func(t *corev1.ContainerStateTerminated) corev1.ContainerState {
		return corev1.ContainerState{Terminated: t}
	}
	switch {
	case c.run != nil:
		st.State.Running = &corev1.ContainerStateRunning{StartedAt: c.run.since}
		st.LastTerminationState = terminated(c.Previous)
		st.Ready = c.run.ready && c.kind != initial
		if c.run.started {
			st.Started = &isTrue
		}
	case c.ended() && (w.stop != nil || c.waiting.Reason == "" || !w.restarts(c, c.Last.ExitCode)):
		st.State, st.LastTerminationState = terminated(c.Last), terminated(c.Previous)
		st.Ready = c.kind == initial && c.Last.ExitCode == 0
		st.ContainerID = c.Last.ContainerID
	case c.waiting.Reason != "":
		last := c.Last
		if last == nil {
			last = c.Previous
		}
		waiting := c.waiting
		if waiting.Reason == "CrashLoopBackOff" {
			waiting.Message = backOffText(c, w)
		}
		st.State.Waiting, st.LastTerminationState = &waiting, terminated(last)
	case c.Previous != nil: // the next attempt is on its way: until it runs, the one before it counts
		st.State = terminated(c.Previous)
		st.ContainerID, st.RestartCount = c.Previous.ContainerID, int32(c.Attempt-1)
	default:
		reason := "ContainerCreating"
		if len(w.pod.Spec.InitContainers) > 0 {
			reason = "PodInitializing"
		}
		st.State.Waiting = &corev1.ContainerStateWaiting{Reason: reason}
		st.ContainerID = ""
	}
	resources(&st, spec)
	return st
}

// resources are what the container has: on this node, always what its pod says.
func resources(st *corev1.ContainerStatus, spec *corev1.Container) {
	if len(spec.Resources.Requests)+len(spec.Resources.Limits) == 0 || st.State.Running == nil {
		return
	}
	st.Resources = &corev1.ResourceRequirements{Requests: spec.Resources.Requests, Limits: spec.Resources.Limits}
	st.AllocatedResources = corev1.ResourceList{}
	for k, v := range spec.Resources.Requests {
		st.AllocatedResources[k] = v
	}
}
