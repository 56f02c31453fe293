package node

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// stop is the end of a pod: why, and how far it is.
type stop struct {
	delete   bool // the pod is being deleted
	finished bool // the pod was found finished: only its leavings are removed
	phase    corev1.PodPhase
	reason   string
	message  string

	begun    bool
	over     bool // every container is
	released bool // and the pod's place is given up
	asked    bool // the store was asked to delete the pod
	deadline time.Time
	timer    *time.Timer
	cancel   context.CancelFunc
}

func (w *worker) beginStop(s stop) {
	w.stop = &s
	w.stopping()
}

// stopping takes the end of the pod further.
func (w *worker) stopping() {
	s := w.stop
	s.delete = s.delete || w.pod.DeletionTimestamp != nil
	w.setDeadline()
	if !s.begun {
		busy := w.ready.busy
		for _, c := range w.all {
			if c.cancel != nil {
				c.cancel()
				busy = true
			}
		}
		if busy {
			return // they report back
		}
		s.begun = true
		w.stopAll()
	}
	if !s.over {
		return
	}
	if !s.released {
		s.released = true
		w.report() // the last state, before anybody may take the pod for gone
		w.release()
	}
	if s.delete && !w.deleted && !s.asked {
		s.asked = true
		w.deleteFromStore()
	}
}

// setDeadline: a deletion may be made more urgent while it is under way.
func (w *worker) setDeadline() {
	s := w.stop
	at := time.Now().Add(grace(w.pod))
	if w.deleted {
		at = time.Now()
	} else if d := w.pod.DeletionTimestamp; d != nil {
		// The timestamp has whole seconds. It holds even if this engine was not there when it was set.
		at = d.Add(time.Second)
		if g := w.pod.DeletionGracePeriodSeconds; g != nil {
			if soon := time.Now().Add(time.Duration(*g) * time.Second); soon.Before(at) {
				at = soon
			}
		}
	}
	if s.deadline.IsZero() || at.Before(s.deadline) && (w.deleted || w.pod.DeletionTimestamp != nil) {
		s.deadline = at
		if s.timer != nil {
			s.timer.Reset(time.Until(at))
		}
	}
}

// stopAll stops what runs, in the background: the containers at once, then the sidecars in reverse.
func (w *worker) stopAll() {
	s := w.stop
	var main, side []*victim
	for _, c := range w.all {
		if c.run == nil {
			continue
		}
		if c.run.probes != nil {
			c.run.probes()
		}
		if c.kind == sidecar {
			side = append([]*victim{w.victim(c)}, side...)
		} else {
			main = append(main, w.victim(c))
		}
	}
	if len(main)+len(side) == 0 {
		s.over = true
		return
	}
	ctx, cancel := context.WithCancel(w.ctx)
	s.cancel = cancel
	s.timer = time.AfterFunc(time.Until(s.deadline), cancel)
	drain := s.delete && w.n.Drain != nil && time.Until(s.deadline) > 0
	half := time.Until(s.deadline) / 2
	pod := w.pod
	go func() {
		defer cancel()
		if drain {
			dctx, dcancel := context.WithTimeout(ctx, half)
			w.n.Drain(dctx, pod)
			dcancel()
		}
		if w.ctx.Err() != nil {
			return // the next engine goes on
		}
		var all sync.WaitGroup
		for _, v := range main {
			all.Go(func() {
				w.eventOf(v.spec.Name, corev1.EventTypeNormal, "Killing", "Stopping container %s", v.spec.Name)
				v.stop(ctx)
			})
		}
		all.Wait()
		if w.ctx.Err() != nil {
			return
		}
		for _, v := range side {
			w.eventOf(v.spec.Name, corev1.EventTypeNormal, "Killing", "Stopping container %s", v.spec.Name)
			v.stop(ctx)
		}
		for _, v := range append(main, side...) {
			w.n.keeper.remove(w.ctx, v.id) // what it leaves is gone before the pod's own things go
		}
		w.post(func() { s.over = w.ctx.Err() == nil })
	}()
}

// release gives up the pod's place in the network, its volumes and its cgroup. What fails is tried again when the
// next engine starts.
func (w *worker) release() {
	if err := w.n.Network.Detach(w.ctx, w.uid); err != nil {
		w.n.Log.Error("pod not detached", "pod", w.String(), "error", err)
	}
	if err := w.n.volumes.Remove(w.uid); err != nil {
		w.n.Log.Error("volumes of pod not removed", "pod", w.String(), "error", err)
	}
	w.n.removeSpaces(w.uid)
	w.n.removeCgroup(w.n.cgroup(w.uid))
}

// deleteFromStore completes the deletion of the pod, unless another one has its name by now.
func (w *worker) deleteFromStore() {
	zero := int64(0)
	err := store.Delete[*corev1.Pod](w.n.Store, w.ns, w.name, metav1.DeleteOptions{
		GracePeriodSeconds: &zero, Preconditions: store.UIDPreconditions(w.uid)})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		w.n.Log.Error("pod not deleted", "pod", w.String(), "error", err)
		w.stop.asked = false
		w.again(time.Now().Add(time.Second))
	}
}

// vanish ends what is left of a pod that is no longer in the store.
func (w *worker) vanish() {
	if w.stop == nil {
		w.stop = &stop{delete: true}
	}
	w.stopping()
	if w.stop.released {
		w.n.removePod(w.uid)
		w.n.keeper.forget(w.unsaid...)
		for _, c := range w.all {
			if c.Attempt >= 0 {
				w.n.keeper.forget(containerID(w.uid, c.name, c.Attempt))
			}
		}
		w.forgotten = true
	}
}
