package node

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// startError says why a container could not be started, by the reason that its status gives.
type startError struct {
	reason  string
	err     error
	pulling bool
}

func (e *startError) Error() string { return e.err.Error() }
func (e *startError) Unwrap() error { return e.err }

// start begins the next attempt of a container, or again the one that was under way when an engine died.
func (w *worker) start(c *container) {
	attempt := c.Attempt
	if !c.Asked {
		attempt++
	}
	ctx, cancel := context.WithCancel(w.ctx)
	c.cancel = cancel
	order := &order{w: w, pod: withAddresses(w.pod, w.ready.at.IP, w.ready.host), spec: w.spec(c), attempt: attempt,
		id: containerID(w.uid, c.name, attempt), ready: w.ready, imageID: c.ImageID}
	go func() {
		var started *keeper.Container
		err := rescue.Do(func() (err error) {
			started, err = order.carryOut(ctx, func(p *plan) error { return w.commit(ctx, c, attempt, p) })
			return err
		})
		w.post(func() {
			cancel()
			c.cancel = nil
			if err != nil {
				w.startFailed(c, attempt, err)
			} else {
				w.begun(c, started)
			}
		})
	}()
}

// commit writes down, in the worker's goroutine, that an attempt is about to be started.
func (w *worker) commit(ctx context.Context, c *container, attempt int, p *plan) error {
	done := make(chan error, 1)
	w.post(func() {
		if w.stop != nil || ctx.Err() != nil {
			done <- context.Canceled
			return
		}
		if attempt > c.Attempt {
			if c.Last != nil {
				c.Previous, c.Last = c.Last, nil
				c.delayNext(time.Now())
			}
			c.Attempt, c.Asked, c.Again = attempt, true, false
			c.PostStarted, c.Started, c.Ready = false, false, false
		}
		c.ImageID, c.ImageRef, c.StopSignal = p.image.ID, p.image.Ref, p.image.Config.Config.StopSignal
		w.save()
		done <- nil
	})
	select {
	case err := <-done:
		return err
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

// startFailed notes why, and when to try again.
func (w *worker) startFailed(c *container, attempt int, err error) {
	if w.ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return
	}
	var e *startError
	if !errors.As(err, &e) {
		e = &startError{reason: "CreateContainerError", err: err}
	}
	c.pulling = e.pulling
	c.waiting = corev1.ContainerStateWaiting{Reason: e.reason, Message: e.Error()}
	if e.reason == "RunContainerError" {
		now := metav1.Now()
		c.Asked = false
		c.Last = &corev1.ContainerStateTerminated{ExitCode: 128, Reason: "StartError", Message: e.Error(), StartedAt: now,
			FinishedAt: now, ContainerID: "slipway://" + containerID(w.uid, c.name, attempt)}
		w.eventOf(c.name, corev1.EventTypeWarning, "Failed", "Error: %v", e.err)
		w.save()
		return
	}
	if e.reason == "ErrImagePull" {
		c.pause = longer(c.pause)
	} else {
		c.pause = min(max(time.Second, 2*c.pause), backOffFirst)
	}
	if !e.pulling {
		w.eventOf(c.name, corev1.EventTypeWarning, "Failed", "Error: %v", e.err)
	}
	c.failed = time.Now()
	c.retry = c.failed.Add(c.pause)
}

// retryConfig tries again at once what waited for a ConfigMap or Secret.
func (w *worker) retryConfig() {
	for _, c := range w.all {
		if c.waiting.Reason == "CreateContainerConfigError" {
			c.retry, c.pause = time.Time{}, 0
		}
	}
	if !w.ready.done {
		w.ready.retry, w.ready.pause = time.Time{}, 0
	}
}

// begun notes that an attempt runs. It may have ended already: the keeper has said so, or says so next.
func (w *worker) begun(c *container, k *keeper.Container) {
	if e := c.early; e != nil && e.ID == k.ID {
		k = e
	}
	c.early = nil
	c.Asked = false
	c.waiting, c.pulling, c.pause, c.retry = corev1.ContainerStateWaiting{}, false, 0, time.Time{}
	c.run = &running{id: k.ID, keeper: k, since: metav1.NewTime(k.StartedAt), over: make(chan struct{})}
	w.save()
	if k.Exit != nil {
		w.reported(k)
		return
	}
	c.run.hold = keeper.NewHold(w.n.Home, k)
	w.greet(c)
}
