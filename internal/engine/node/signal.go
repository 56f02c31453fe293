package node

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// StopSignalAnnotation is the signal that tells a pod's programs to end, over what their images say.
const StopSignalAnnotation = "slipway.dev/stop-signal"

// stopSignal is what tells the container's program to end.
func (w *worker) stopSignal(c *container) unix.Signal {
	if l := w.spec(c).Lifecycle; l != nil && l.StopSignal != nil {
		if s := parseSignal(string(*l.StopSignal)); s != 0 {
			return s
		}
	}
	for _, name := range []string{w.pod.Annotations[StopSignalAnnotation], c.StopSignal} {
		if s := parseSignal(name); s != 0 {
			return s
		}
	}
	return unix.SIGTERM
}

// parseSignal reads a signal as images write it: SIGQUIT, QUIT, 3, SIGRTMIN+3; 0 if it is none.
func parseSignal(name string) unix.Signal {
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n < 65 {
		return unix.Signal(n)
	}
	name = strings.ToUpper(name)
	if name != "" && !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if rt, ok := strings.CutPrefix(name, "SIGRTMIN+"); ok {
		if n, err := strconv.Atoi(rt); err == nil && n >= 0 && n <= 30 {
			return unix.Signal(34 + n)
		}
	}
	return unix.SignalNum(name)
}
