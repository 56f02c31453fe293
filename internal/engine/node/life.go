package node

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/probe"
	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// greet follows a container that has just begun: its postStart hook, then its probes.
func (w *worker) greet(c *container) {
	spec, run := w.spec(c), c.run
	if spec.Lifecycle == nil || spec.Lifecycle.PostStart == nil || c.PostStarted {
		w.probe(c)
		return
	}
	ctx, cancel := context.WithCancel(w.ctx)
	run.probes = cancel
	pod := withAddresses(w.pod, w.ready.at.IP, w.ready.host)
	go func() {
		err := rescue.Do(func() error { return w.n.hook(ctx, pod, spec, run.id, spec.Lifecycle.PostStart) })
		w.post(func() {
			if c.run != run || ctx.Err() != nil {
				return
			}
			cancel()
			if err != nil {
				w.eventOf(c.name, corev1.EventTypeWarning, "FailedPostStartHook", "PostStartHook failed")
				c.waiting = corev1.ContainerStateWaiting{Reason: "PostStartHookError", Message: fmt.Sprintf("PostStartHook failed: %v", err)}
				w.kill(c, "FailedPostStartHook")
				return
			}
			c.PostStarted = true
			w.save()
			w.probe(c)
		})
	}()
}

// probe begins the probes of a running container: startup first, and after it the others.
func (w *worker) probe(c *container) {
	spec, run := w.spec(c), c.run
	ctx, cancel := context.WithCancel(w.ctx)
	run.probes = cancel
	if spec.StartupProbe == nil || run.started {
		w.probeOn(ctx, c)
		return
	}
	s := probe.NewSchedule(spec.StartupProbe)
	s.Eager, s.Once = true, true
	go s.Run(ctx, w.asker(c, spec.StartupProbe), w.unhealthy(c.name, "Startup"), func(ok bool, _ probe.Answer) {
		w.post(func() {
			if c.run != run || ctx.Err() != nil {
				return
			}
			if ok {
				w.probeOn(ctx, c)
			} else {
				run.termPause = spec.StartupProbe.TerminationGracePeriodSeconds
				w.kill(c, fmt.Sprintf("Container %s failed startup probe, will be restarted", c.name))
			}
		})
	})
}

// probeOn begins readiness and liveness probes.
func (w *worker) probeOn(ctx context.Context, c *container) {
	spec, run := w.spec(c), c.run
	run.started = true
	run.ready = run.ready || spec.ReadinessProbe == nil
	w.remember(c)
	if p := spec.ReadinessProbe; p != nil {
		s := probe.NewSchedule(p)
		s.Eager, s.Healthy = true, run.ready
		go s.Run(ctx, w.asker(c, p), w.unhealthy(c.name, "Readiness"), func(ok bool, _ probe.Answer) {
			w.post(func() {
				if c.run == run && ctx.Err() == nil {
					run.ready = ok
					w.remember(c)
				}
			})
		})
	}
	if p := spec.LivenessProbe; p != nil {
		s := probe.NewSchedule(p)
		s.Healthy = true
		if s.Delay == 0 {
			s.Delay = min(s.Period, time.Second) // nothing lives in its first moment
		}
		go s.Run(ctx, w.asker(c, p), w.unhealthy(c.name, "Liveness"), func(ok bool, _ probe.Answer) {
			w.post(func() {
				if c.run == run && ctx.Err() == nil && !ok {
					run.termPause = p.TerminationGracePeriodSeconds
					w.kill(c, fmt.Sprintf("Container %s failed liveness probe, will be restarted", c.name))
				}
			})
		})
	}
}

// remember what the probes found, which the store may learn too late for the next engine.
func (w *worker) remember(c *container) {
	if c.Started != c.run.started || c.Ready != c.run.ready {
		c.Started, c.Ready = c.run.started, c.run.ready
		w.save()
	}
}

// unhealthy tells what a probe got, in the kubelet's words.
func (w *worker) unhealthy(name, kind string) func(probe.Answer) {
	return func(a probe.Answer) {
		w.post(func() {
			if a.Err != nil {
				w.eventOf(name, corev1.EventTypeWarning, "Unhealthy", "%s probe errored and resulted in unknown state: %v", kind, a.Err)
			} else {
				w.eventOf(name, corev1.EventTypeWarning, "Unhealthy", "%s probe failed: %s", kind, a.Output)
			}
		})
	}
}

// asker is how to ask the container.
func (w *worker) asker(c *container, p *corev1.Probe) func(context.Context) probe.Answer {
	ask := w.question(c, p)
	return func(ctx context.Context) (a probe.Answer) {
		if err := rescue.Do(func() error { a = ask(ctx); return nil }); err != nil {
			return probe.Answer{Err: err}
		}
		return a
	}
}

func (w *worker) question(c *container, p *corev1.Probe) func(context.Context) probe.Answer {
	spec, id, ip := w.spec(c), c.run.id, w.ready.at.IP.String()
	switch {
	case p.HTTPGet != nil:
		return func(ctx context.Context) probe.Answer {
			return probe.HTTP(ctx, p.HTTPGet, spec, ip, "kube-probe/slipway")
		}
	case p.TCPSocket != nil:
		return func(ctx context.Context) probe.Answer { return probe.TCP(ctx, p.TCPSocket, spec, ip) }
	case p.GRPC != nil:
		service := ""
		if p.GRPC.Service != nil {
			service = *p.GRPC.Service
		}
		return func(ctx context.Context) probe.Answer { return probe.GRPC(ctx, p.GRPC.Port, service, ip) }
	case p.Exec != nil:
		return func(ctx context.Context) probe.Answer { return w.n.execProbe(ctx, id, p.Exec.Command) }
	}
	return func(context.Context) probe.Answer { return probe.Answer{OK: true} }
}

// kill stops a container that its pod goes on without, or starts again.
func (w *worker) kill(c *container, message string) {
	run := c.run
	if run == nil || run.killing || w.stop != nil {
		return
	}
	run.killing = true
	if run.probes != nil {
		run.probes()
	}
	run.ready = false
	w.eventOf(c.name, corev1.EventTypeNormal, "Killing", "%s", message)
	grace := grace(w.pod)
	if run.termPause != nil {
		grace = time.Duration(*run.termPause) * time.Second
	}
	v := w.victim(c)
	go func() {
		ctx, cancel := context.WithTimeout(w.ctx, grace)
		defer cancel()
		v.stop(ctx)
	}()
}

func grace(pod *corev1.Pod) time.Duration {
	if g := pod.Spec.TerminationGracePeriodSeconds; g != nil {
		return time.Duration(*g) * time.Second
	}
	return corev1.DefaultTerminationGracePeriodSeconds * time.Second
}

// victim is a container that is to be stopped, with what that takes.
type victim struct {
	n      *Node
	w      *worker
	pod    *corev1.Pod
	spec   *corev1.Container
	id     string
	signal unix.Signal
	over   <-chan struct{}
}

func (w *worker) victim(c *container) *victim {
	return &victim{n: w.n, w: w, pod: withAddresses(w.pod, w.ready.at.IP, w.ready.host), spec: w.spec(c), id: c.run.id,
		signal: w.stopSignal(c), over: c.run.over}
}

// stop runs the preStop hook and sends the stop signal; when ctx ends it kills. It returns when the container is over
// or the engine ends: a container that is being stopped then keeps its grace, and the next engine goes on.
func (v *victim) stop(ctx context.Context) {
	hooked := false
	if l := v.spec.Lifecycle; l != nil && l.PreStop != nil && ctx.Err() == nil {
		hooked = true
		err := rescue.Do(func() error { return v.n.hook(ctx, v.pod, v.spec, v.id, l.PreStop) })
		if err != nil && ctx.Err() == nil {
			v.w.eventOf(v.spec.Name, corev1.EventTypeWarning, "FailedPreStopHook", "PreStopHook failed")
		}
	}
	if v.w.ctx.Err() != nil {
		return
	}
	last := v.w.ctx
	if ctx.Err() == nil || hooked {
		if err := v.n.keeper.signal(v.w.ctx, v.id, int(v.signal)); err != nil {
			v.n.Log.Error("container not signalled", "container", v.id, "error", err)
		}
		if hooked { // a hook that used the time up leaves the program two seconds, as the kubelet does
			var cancel context.CancelFunc
			last, cancel = context.WithTimeout(last, 2*time.Second)
			defer cancel()
		}
		select {
		case <-v.over:
			return
		case <-ctx.Done():
		}
		if hooked {
			select {
			case <-v.over:
				return
			case <-last.Done():
			}
		}
	}
	for v.w.ctx.Err() == nil {
		_ = v.n.keeper.signal(v.w.ctx, v.id, int(unix.SIGKILL))
		select {
		case <-v.over:
			return
		case <-v.w.ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}
