package compose

import (
	"fmt"
	"slices"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Docker's defaults for what a healthcheck does not say.
const (
	defaultInterval = 30 * time.Second
	defaultTimeout  = 30 * time.Second
	defaultRetries  = 3
)

// probes turns a healthcheck into three probes. Docker only reports a container as unhealthy, Kubernetes restarts it:
// so readiness follows the healthcheck as it is, liveness gives up later, and neither counts before the startup probe
// has passed, which asks every second for a quick start and waits a minute at least.
func (p *pod) probes(u *unit, out *corev1.Container) {
	h := u.svc.HealthCheck
	switch {
	case h == nil:
		p.defaultProbe(u, out)
		return
	case h.Disable || len(h.Test) == 0 || h.Test[0] == "NONE":
		return
	}
	handler, ok := p.handler(u, h)
	if !ok {
		return
	}
	interval, timeout := duration(h.Interval, defaultInterval), duration(h.Timeout, defaultTimeout)
	retries := int32(defaultRetries)
	if h.Retries != nil {
		retries = int32(min(max(*h.Retries, 1), 1000)) //nolint:gosec // bounded in the same expression
	}
	out.ReadinessProbe = probe(handler, interval, timeout, retries)
	out.LivenessProbe = probe(handler, max(interval, 10*time.Second), timeout, max(3, 2*retries))
	startEvery := duration(h.StartInterval, min(interval, time.Second))
	patience := max(duration(h.StartPeriod, 0)+time.Duration(retries)*interval, time.Minute)
	every := max(seconds(startEvery), 1)
	out.StartupProbe = probe(handler, startEvery, timeout, (seconds(patience)+every-1)/every)
}

func (p *pod) handler(u *unit, h *types.HealthCheckConfig) (corev1.ProbeHandler, bool) {
	at := u.path("healthcheck", "test")
	if get := httpCheck(h.Test, u.listens); get != nil {
		return corev1.ProbeHandler{HTTPGet: get}, true
	}
	var command []string
	switch {
	case len(h.Test) < 2:
		p.refuse("names no command", at...)
		return corev1.ProbeHandler{}, false
	case h.Test[0] == "CMD":
		command = h.Test[1:]
	default:
		command = []string{"/bin/sh", "-c", h.Test[1]}
	}
	return corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: slices.Clone(command)}}, true
}

// defaultProbe: without a healthcheck, ready is who listens.
func (p *pod) defaultProbe(u *unit, out *corev1.Container) {
	for _, port := range u.ports {
		if port.declared && port.protocol == corev1.ProtocolTCP {
			out.ReadinessProbe = probe(corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(port.target)}}, 2*time.Second, time.Second, 3)
			return
		}
	}
}

func probe(handler corev1.ProbeHandler, period, timeout time.Duration, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:     handler,
		PeriodSeconds:    max(seconds(period), 1),
		TimeoutSeconds:   max(seconds(timeout), 1),
		FailureThreshold: failures,
	}
}

func duration(d *types.Duration, otherwise time.Duration) time.Duration {
	if d == nil || *d <= 0 {
		return otherwise
	}
	return time.Duration(*d)
}

// startAllowance is how long a pod of the unit may take to become ready, by its probes.
func startAllowance(spec *corev1.PodSpec) int32 {
	var longest int32
	for _, con := range spec.Containers {
		if s := con.StartupProbe; s != nil {
			longest = max(longest, s.PeriodSeconds*s.FailureThreshold)
		}
	}
	return longest
}

// listens says whether a port was declared, so that a probe may ask it from outside the container.
func (u *unit) listens(n int32) bool {
	return slices.ContainsFunc(u.ports, func(p port) bool {
		return p.declared && p.target == n && p.protocol == corev1.ProtocolTCP
	})
}

func (p *pod) lifecycle(u *unit, out *corev1.Container) {
	l := &corev1.Lifecycle{
		PostStart: p.hook(u, "post_start", u.svc.PostStart),
		PreStop:   p.hook(u, "pre_stop", u.svc.PreStop),
	}
	p.stopSignal(u, l)
	if l.PostStart != nil || l.PreStop != nil || l.StopSignal != nil {
		out.Lifecycle = l
	}
	if u.svc.HealthCheck != nil && u.pod.runsOnce() {
		p.info("nobody asks a job for its health", u.path("healthcheck")...)
	}
}

// hook makes one handler of the commands of post_start or pre_stop; more than one, or one with its own folder or
// environment, needs a shell in the image.
func (p *pod) hook(u *unit, key string, hooks []types.ServiceHook) *corev1.LifecycleHandler {
	if len(hooks) == 0 {
		return nil
	}
	if h := hooks[0]; len(hooks) == 1 && h.WorkingDir == "" && len(h.Environment) == 0 {
		return &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: h.Command}}
	}
	script := ""
	for i, h := range hooks {
		if len(h.Command) == 0 {
			p.refuse("names no command", u.path(key, indexStep(i))...)
		}
		if i > 0 {
			script += " && "
		}
		script += hookScript(h)
	}
	return &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"/bin/sh", "-c", script}}}
}

func hookScript(h types.ServiceHook) string {
	s := ""
	if h.WorkingDir != "" {
		s = "cd " + quote(h.WorkingDir) + " && "
	}
	for _, k := range sortedKeys(h.Environment) {
		if v := h.Environment[k]; v != nil {
			s += k + "=" + quote(*v) + " "
		}
	}
	for i, word := range h.Command {
		if i > 0 {
			s += " "
		}
		s += quote(word)
	}
	return fmt.Sprintf("(%s)", s)
}
