package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/probe"
	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// outputSize is how much is kept of what a hook or a probe says.
const outputSize = 10 << 10

// hook runs a lifecycle handler to its end.
func (n *Node) hook(ctx context.Context, pod *corev1.Pod, spec *corev1.Container, id string, h *corev1.LifecycleHandler) error {
	switch {
	case h.Exec != nil:
		out := limited{left: outputSize}
		code, err := n.execIn(ctx, id, h.Exec.Command, stdio.Streams{Stdout: &out, Stderr: &out})
		if err == nil && code != 0 {
			err = fmt.Errorf("command %q exited with %d: %s", h.Exec.Command, code, strings.TrimSpace(out.buf.String()))
		}
		return err
	case h.HTTPGet != nil:
		if a := probe.HTTP(ctx, h.HTTPGet, spec, pod.Status.PodIP, "kube-lifecycle/slipway"); !a.OK {
			if a.Err != nil {
				return a.Err
			}
			return errors.New(a.Output)
		}
		return nil
	case h.Sleep != nil:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(h.Sleep.Seconds) * time.Second):
			return nil
		}
	}
	return nil
}

// execProbe runs a command in the container; its exit code is the answer.
func (n *Node) execProbe(ctx context.Context, id string, command []string) probe.Answer {
	out := limited{left: outputSize}
	code, err := n.execIn(ctx, id, command, stdio.Streams{Stdout: &out, Stderr: &out})
	text := strings.TrimSpace(out.buf.String())
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return probe.Answer{Output: fmt.Sprintf("command timed out: %q", command)}
	case err != nil:
		return probe.Answer{Err: err}
	}
	return probe.Answer{OK: code == 0, Output: text}
}

// limited keeps the first bytes that are written to it.
type limited struct {
	buf  bytes.Buffer
	left int
}

func (l *limited) Write(b []byte) (int, error) {
	keep := min(len(b), l.left)
	l.left -= keep
	l.buf.Write(b[:keep])
	return len(b), nil
}
