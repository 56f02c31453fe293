package node_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	utilexec "k8s.io/client-go/util/exec"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// exec runs the guest program in a running container.
func (r *room) exec(name string, args ...string) (string, int) {
	r.t.Helper()
	var out bytes.Buffer
	err := r.node.Exec(r.t.Context(), r.get(name), "main", append([]string{"/guest"}, args...), stdio.Streams{Stdout: &out, Stderr: &out})
	var exit utilexec.CodeExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return out.String(), exit.Code
}

func TestACommandRunsInAContainer(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "reap")
	user := int64(1234)
	p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: &user}
	p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "b"}}
	r.create(p)
	r.until("p", "ready", ready)
	if out, code := r.exec("p", "env=A", "env=FROM_IMAGE", "id", "exit=5"); code != 5 || out != "A=b\nFROM_IMAGE=yes\n1234 1235 [2000]\n" {
		t.Errorf("%q, %d", out, code)
	}
	var out bytes.Buffer
	err := r.node.Exec(t.Context(), r.get("p"), "main", []string{"/guest", "stdin"}, stdio.Streams{Stdin: strings.NewReader("typed"), Stdout: &out})
	if err != nil || out.String() != "typed" {
		t.Errorf("%q, %v", out.String(), err)
	}
	err = r.node.Exec(t.Context(), r.get("p"), "main", []string{"nothing"}, stdio.Streams{})
	if err == nil || !strings.Contains(err.Error(), `exec: "nothing": executable file not found in $PATH`) {
		t.Errorf("error %v", err)
	}
}

func TestACommandHasATerminalIfAsked(t *testing.T) {
	r := newRoom(t)
	r.create(pod("p", "reap"))
	r.until("p", "ready", ready)
	size := make(chan stdio.Size, 1)
	size <- stdio.Size{Width: 132, Height: 43}
	in, typed := io.Pipe()
	defer func() { _ = typed.Close() }()
	var out bytes.Buffer
	err := r.node.Exec(t.Context(), r.get("p"), "main", []string{"/guest", "tty"}, stdio.Streams{Stdin: in, Stdout: &out, TTY: true, Resize: size})
	if err != nil || out.String() != "terminal 132 x 43\r\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestACommandIsKilledWhenItsCallerGoes(t *testing.T) {
	r := newRoom(t)
	r.create(pod("p", "reap"))
	r.until("p", "ready", ready)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := r.node.Exec(ctx, r.get("p"), "main", []string{"/guest", "deaf"}, stdio.Streams{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestAPortOfThePodIsReachedFromInside(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "echo=7000")
	p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: httpGet("", 7000).Port}}}
	r.create(p)
	r.until("p", "ready", ready)
	c, err := r.node.PortForward(t.Context(), r.get("p"), 7000)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(c); string(b) != "echo hello" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := r.node.PortForward(t.Context(), r.get("p"), 7001); err == nil {
		t.Error("a port where nobody listens was reached")
	}
	u, err := r.node.Usage(r.get("p"))
	if err != nil || u["main"].MemoryBytes == 0 {
		t.Errorf("usage %+v, %v", u, err)
	}
}
