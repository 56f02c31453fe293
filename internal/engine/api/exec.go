package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/wsstream"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

const (
	idleTimeout    = 4 * time.Hour // as the kubelet's --streaming-connection-idle-timeout
	createsStreams = 30 * time.Second
)

// command is what an exec is to run, and where.
type command struct {
	pod       *corev1.Pod
	container string
	args      []string
	stdin     bool
	stdout    bool
	stderr    bool
	tty       bool
}

// exec runs a command in a container, over SPDY or a websocket.
func (c *call) exec() (int, runtime.Object, error) {
	on := func(name string) bool { v := c.query.Get(name); return v == "1" || v == "true" }
	cmd := command{args: c.query["command"], stdin: on("stdin"), stdout: on("stdout"), stderr: on("stderr"), tty: on("tty")}
	if cmd.tty {
		cmd.stderr = false // a terminal has one output
	}
	if len(cmd.args) == 0 {
		return 0, nil, apierrors.NewBadRequest("you must specify a command for the container")
	}
	if !cmd.stdin && !cmd.stdout && !cmd.stderr {
		return 0, nil, apierrors.NewBadRequest("you must specify at least one of stdin, stdout, stderr")
	}
	var err error
	if cmd.pod, cmd.container, err = c.runningPod(c.query.Get("container")); err != nil {
		return 0, nil, err
	}
	if phase := cmd.pod.Status.Phase; phase == corev1.PodSucceeded || phase == corev1.PodFailed {
		return 0, nil, apierrors.NewBadRequest(fmt.Sprintf("cannot exec into a container in a completed pod; current phase is %s", phase))
	}
	switch {
	case wsstream.IsWebSocketRequest(c.r):
		c.execWebSocket(cmd)
	case httpstream.IsUpgradeRequest(c.r):
		opts := &remotecommand.Options{Stdin: cmd.stdin, Stdout: cmd.stdout, Stderr: cmd.stderr, TTY: cmd.tty}
		remotecommand.ServeExec(c.w, c.r, executor{c, cmd}, cmd.pod.Name, string(cmd.pod.UID), cmd.container, cmd.args, opts,
			idleTimeout, createsStreams, remotecommand.SupportedStreamingProtocols)
	default:
		return 0, nil, apierrors.NewBadRequest("exec needs a connection upgraded to a websocket or SPDY")
	}
	return 0, nil, nil
}

// execContext ends with the connection of the client, which net/http no longer watches once it is taken over, and
// with the server.
func (c *call) execContext() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.r.Context()))
	go func() {
		select {
		case <-c.server.stopping():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// executor serves what arrived over SPDY.
type executor struct {
	call *call
	cmd  command
}

// ExecInContainer implements remotecommand.Executor.
func (e executor) ExecInContainer(_ context.Context, _, _, _ string, _ []string, in io.Reader, out, errOut io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	ctx, cancel := e.call.execContext()
	defer cancel()
	s := stdio.Streams{TTY: tty}
	if in != nil {
		s.Stdin = in
	}
	if out != nil {
		s.Stdout = out
	}
	if errOut != nil {
		s.Stderr = errOut
	}
	if resize != nil {
		sizes := make(chan stdio.Size)
		s.Resize = sizes
		go func() {
			defer close(sizes)
			for size := range resize {
				select {
				case sizes <- stdio.Size{Width: size.Width, Height: size.Height}:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	err := e.call.server.node.Exec(ctx, e.cmd.pod, e.cmd.container, e.cmd.args, s)
	if code, ok := exitStatus(err); ok {
		return exited{err, code}
	}
	return err
}

// exitStatus is that of a command that ended by itself.
func exitStatus(err error) (int, bool) {
	var code interface{ ExitStatus() int }
	if errors.As(err, &code) {
		return code.ExitStatus(), true
	}
	return 0, false
}

// exited is the error of a failed command as k8s.io/utils/exec.ExitError wants it.
type exited struct {
	error
	code int
}

func (e exited) String() string  { return e.Error() }
func (e exited) Exited() bool    { return true }
func (e exited) ExitStatus() int { return e.code }

var _ http.Handler = (*Server)(nil)
