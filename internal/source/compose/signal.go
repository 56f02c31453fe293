package compose

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// stopSignalAnnotation says in a pod template how to stop it, for nodes that do not know lifecycle.stopSignal yet:
// "SIGQUIT", or "container=SIGQUIT,…" where there are several containers.
const stopSignalAnnotation = "slipway.dev/stop-signal"

// signals by their number on Linux, as far as somebody would stop a program with one.
var signals = map[int]string{1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 6: "SIGABRT", 9: "SIGKILL", 10: "SIGUSR1", 12: "SIGUSR2", 15: "SIGTERM", 28: "SIGWINCH", 37: "SIGRTMIN+3"}

func (p *pod) stopSignal(u *unit, l *corev1.Lifecycle) {
	s := strings.ToUpper(strings.TrimSpace(u.svc.StopSignal))
	if s == "" {
		return
	}
	if n, err := strconv.Atoi(s); err == nil {
		if s = signals[n]; s == "" {
			p.refuse(fmt.Sprintf("signal %d has no name; write one such as SIGQUIT", n), u.path("stop_signal")...)
			return
		}
	}
	if !strings.HasPrefix(s, "SIG") {
		s = "SIG" + s
	}
	signal := corev1.Signal(s)
	l.StopSignal = &signal
	p.spec.OS = &corev1.PodOS{Name: corev1.Linux} // the API wants to know whose signals these are
	if len(p.u.sidecars) > 0 {
		s = u.id + "=" + s
	}
	p.signals = append(p.signals, s)
}
