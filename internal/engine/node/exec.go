package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/runc/libcontainer"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilexec "k8s.io/client-go/util/exec"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// Exec runs a command in a container of the pod. An exit code other than zero is a CodeExitError.
func (n *Node) Exec(ctx context.Context, pod *corev1.Pod, name string, command []string, s stdio.Streams) error {
	id, err := n.running(pod, name)
	if err != nil {
		return err
	}
	code, err := n.execIn(ctx, id, command, s)
	if err != nil {
		return err
	}
	if code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", code), Code: code}
	}
	return nil
}

// running is the ID of a container that runs.
func (n *Node) running(pod *corev1.Pod, name string) (string, error) {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for i := range list {
			if st := &list[i]; st.Name == name && st.State.Running != nil {
				return strings.TrimPrefix(st.ContainerID, "slipway://"), nil
			}
		}
	}
	return "", apierrors.NewBadRequest(fmt.Sprintf("container %q of pod %s/%s is not running", name, pod.Namespace, pod.Name))
}

// execIn runs a command in a running container as the container's own program runs, and returns its exit code. When
// ctx ends, the command is killed.
func (n *Node) execIn(ctx context.Context, id string, command []string, streams stdio.Streams) (int, error) {
	own, err := keeper.ReadProcess(n.Home, id)
	if err != nil {
		return 0, fmt.Errorf("container %s: %w", id, err)
	}
	c, err := libcontainer.Load(keeper.States(n.Home), id)
	if err != nil {
		return 0, fmt.Errorf("container %s: %w", id, err)
	}
	p := &libcontainer.Process{Args: command, Env: own.Env, Cwd: own.Cwd, UID: own.UID, GID: own.GID, AdditionalGroups: own.Groups}
	var io ioEnds
	if streams.TTY {
		p.Env = append(p.Env, "TERM=xterm")
		err = io.terminal(p, streams)
	} else {
		err = io.pipes(p, streams)
	}
	if err != nil {
		return 0, err
	}
	defer io.close()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := c.Run(p); err != nil {
		return 0, keeper.StartError(err)
	}
	io.started()
	stop := context.AfterFunc(ctx, func() { _ = p.Signal(unix.SIGKILL) })
	state, err := p.Wait()
	stop()
	io.drain()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if ws, ok := state.Sys().(interface {
		Signaled() bool
		Signal() unix.Signal
	}); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return state.ExitCode(), nil
}

// ioEnds are the ends of the command's streams: the command's, closed once it runs, and ours.
type ioEnds struct {
	theirs, ours []*os.File
	copies       sync.WaitGroup
	onStart      []func()
}

func (e *ioEnds) pipe() (r, w *os.File, err error) { return os.Pipe() }

// pipes makes a pipe for each stream. Only output is waited for: who reads the input may never end.
func (e *ioEnds) pipes(p *libcontainer.Process, s stdio.Streams) error {
	if s.Stdin != nil {
		r, w, err := e.pipe()
		if err != nil {
			return err
		}
		e.theirs, e.ours = append(e.theirs, r), append(e.ours, w)
		p.Stdin = r
		e.onStart = append(e.onStart, func() {
			go func() {
				_, _ = io.Copy(w, s.Stdin)
				w.Close()
			}()
		})
	}
	out := func(to io.Writer) (*os.File, error) {
		r, w, err := e.pipe()
		if err != nil {
			return nil, err
		}
		e.theirs, e.ours = append(e.theirs, w), append(e.ours, r)
		e.onStart = append(e.onStart, func() { e.copies.Go(func() { pass(to, r) }) })
		return w, nil
	}
	if s.Stdout != nil {
		w, err := out(s.Stdout)
		if err != nil {
			e.close()
			return err
		}
		p.Stdout = w
	}
	if s.Stderr != nil && s.Stderr == s.Stdout {
		p.Stderr = p.Stdout // both in their order, and one writer at a time
	} else if s.Stderr != nil {
		w, err := out(s.Stderr)
		if err != nil {
			e.close()
			return err
		}
		p.Stderr = w
	}
	return nil
}

// pass copies output until its end. When nobody takes it any more it is closed, so that the command learns of that
// instead of waiting for ever to be heard.
func pass(to io.Writer, from *os.File) {
	_, _ = io.Copy(to, from)
	_ = from.Close()
}

func (e *ioEnds) started() {
	for _, f := range e.theirs {
		f.Close()
	}
	e.theirs = nil
	for _, f := range e.onStart {
		f()
	}
}

// drain waits for the rest of the output; not long, for a process that the command left behind may hold it open.
func (e *ioEnds) drain() {
	done := make(chan struct{})
	go func() { e.copies.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(500 * time.Millisecond):
		for _, f := range e.ours {
			_ = f.SetReadDeadline(time.Now())
		}
		<-done
	}
}

func (e *ioEnds) close() {
	for _, f := range append(e.theirs, e.ours...) {
		f.Close()
	}
}
