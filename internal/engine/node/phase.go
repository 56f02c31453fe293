package node

import corev1 "k8s.io/api/core/v1"

// phase sums the containers up; see
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
func (w *worker) phase() corev1.PodPhase {
	if w.stop != nil && w.stop.finished {
		return w.pod.Status.Phase
	}
	if w.stop != nil && w.stop.over {
		return w.endPhase()
	}
	running, waiting, done, failed, restart := 0, 0, 0, 0, 0
	for _, c := range w.all {
		switch c.kind {
		case sidecar:
			continue
		case initial:
			if c.Done || w.rec.Initialized {
				continue
			}
			if c.ended() && c.Last.ExitCode != 0 && !w.restarts(c, c.Last.ExitCode) {
				return corev1.PodFailed
			}
			return corev1.PodPending
		}
		switch {
		case c.run != nil:
			running++
		case c.ended() && w.restarts(c, c.Last.ExitCode), c.Asked && c.Previous != nil:
			restart++
		case c.ended() && c.Last.ExitCode == 0:
			done++
		case c.ended():
			failed++
		default:
			waiting++
		}
	}
	switch {
	case waiting > 0:
		return corev1.PodPending
	case running+restart > 0:
		return corev1.PodRunning
	case failed > 0:
		return corev1.PodFailed
	case done > 0:
		return corev1.PodSucceeded
	}
	return corev1.PodPending
}

// endPhase is the phase of a pod none of whose containers will run again.
func (w *worker) endPhase() corev1.PodPhase {
	if w.stop.phase != "" {
		return w.stop.phase
	}
	ran := false
	for _, c := range w.all {
		if c.kind == sidecar {
			continue
		}
		if c.Last == nil {
			if c.kind == regular {
				return corev1.PodFailed // it never ran
			}
			continue
		}
		ran = true
		if c.Last.ExitCode != 0 {
			return corev1.PodFailed
		}
	}
	if !ran {
		return corev1.PodFailed
	}
	return corev1.PodSucceeded
}
