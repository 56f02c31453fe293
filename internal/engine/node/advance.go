package node

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// advance brings a pod that is to run further: its place first, then init containers in their order, then the rest.
func (w *worker) advance() {
	if w.rec.StartTime == nil {
		now := metav1.Now()
		w.rec.StartTime = &now
		w.save()
	}
	if !w.prepared() {
		return
	}
	if w.refresh || w.changed {
		w.refreshVolumes()
	}
	w.refresh, w.changed = false, false
	for _, c := range w.all {
		switch {
		case c.kind == initial && (c.Done || w.rec.Initialized):
		case c.kind == initial:
			if !w.initialize(c) {
				return
			}
		case c.kind == sidecar:
			w.ensure(c)
			if !w.rec.Initialized && (c.run == nil || !c.run.started) {
				return
			}
		default:
			if !w.rec.Initialized {
				w.rec.Initialized = true
				w.save()
			}
			w.ensure(c)
		}
	}
	if phase := w.phase(); phase == corev1.PodSucceeded || phase == corev1.PodFailed {
		w.beginStop(stop{phase: phase}) // sidecars that still run have nothing left to serve
	}
}

// initialize runs an init container to its end and tells whether it has succeeded.
func (w *worker) initialize(c *container) bool {
	if c.ended() && !c.Again {
		if c.Last.ExitCode == 0 {
			c.Done = true
			w.save()
			return true
		}
		if !w.restarts(c, c.Last.ExitCode) {
			w.beginStop(stop{phase: corev1.PodFailed})
			return false
		}
	}
	w.ensure(c)
	return false
}

// ensure starts a container unless it runs, is being started, is done for good, or has to wait.
func (w *worker) ensure(c *container) {
	if w.stop != nil || c.run != nil || c.cancel != nil {
		return
	}
	if c.ended() && !c.Again {
		if !w.restarts(c, c.Last.ExitCode) {
			return
		}
		if until, back := c.backingOff(); back {
			if c.waiting.Reason != "CrashLoopBackOff" {
				c.waiting = corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: backOffText(c, w)}
				w.eventOf(c.name, corev1.EventTypeWarning, "BackOff", "Back-off restarting failed container %s in pod %s", c.name, w.full())
			}
			w.again(until)
			return
		}
	}
	if now := time.Now(); now.Before(c.retry) {
		w.again(c.retry)
		w.waitForImage(c, now)
		return
	}
	w.start(c)
}

// waitForImage says, a moment after an image could not be pulled, that the next try will not be soon.
func (w *worker) waitForImage(c *container, now time.Time) {
	if c.waiting.Reason != "ErrImagePull" {
		return
	}
	if at := c.failed.Add(time.Second); now.Before(at) {
		w.again(at)
		return
	}
	name := w.spec(c).Image
	c.waiting = corev1.ContainerStateWaiting{Reason: "ImagePullBackOff",
		Message: fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %s", name, c.waiting.Message)}
	w.eventOf(c.name, corev1.EventTypeNormal, "BackOff", "Back-off pulling image %q", name)
	w.eventOf(c.name, corev1.EventTypeWarning, "Failed", "Error: ImagePullBackOff")
}
