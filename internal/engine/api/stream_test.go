package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	utilexec "k8s.io/client-go/util/exec"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// fakeNode is a node that runs nothing: its containers print what they were asked, and its ports echo.
type fakeNode struct {
	line chan string // what a followed log says next
}

func (n fakeNode) Logs(ctx context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, out io.Writer) error {
	if opts.Previous {
		return apierrors.NewBadRequest("previous terminated container " + opts.Container + " in pod " + pod.Name + " not found")
	}
	if _, err := fmt.Fprintf(out, "log of %s/%s\n", pod.Name, opts.Container); err != nil || !opts.Follow {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, ok := <-n.line:
			if !ok {
				return nil
			}
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
		}
	}
}

func (n fakeNode) Exec(ctx context.Context, _ *corev1.Pod, container string, command []string, s stdio.Streams) error {
	switch command[0] {
	case "cat":
		_, err := io.Copy(s.Stdout, s.Stdin)
		return err
	case "exit":
		if s.Stderr != nil {
			_, _ = fmt.Fprintln(s.Stderr, "failing")
		}
		return fmt.Errorf("wrapped: %w", utilexec.CodeExitError{Err: errors.New("exit status 7"), Code: 7})
	case "missing":
		return errors.New("executable not found")
	case "size":
		select {
		case size := <-s.Resize:
			_, err := fmt.Fprintf(s.Stdout, "%dx%d", size.Width, size.Height)
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	case "flood":
		_, err := s.Stdout.Write(bytes.Repeat([]byte("x"), 1<<20))
		return err
	}
	_, err := fmt.Fprintf(s.Stdout, "%s: %s tty=%v\n", container, strings.Join(command, " "), s.TTY)
	return err
}

func (n fakeNode) PortForward(_ context.Context, _ *corev1.Pod, port int32) (io.ReadWriteCloser, error) {
	if port == 81 {
		return nil, errors.New("connection refused")
	}
	here, there := net.Pipe()
	go func() {
		defer there.Close()
		buf := make([]byte, 100)
		n, err := there.Read(buf)
		if err == nil {
			_, _ = fmt.Fprintf(there, "port %d: %s", port, buf[:n])
		}
	}()
	return here, nil
}

// running makes a pod that a node says is running.
func (e *engine) running(name string, labels map[string]string) *corev1.Pod {
	e.t.Helper()
	pod := podNamed(name, labels)
	pod.Namespace, pod.Spec.NodeName = "default", "here"
	if _, err := store.Create(e.store, pod); err != nil {
		e.t.Fatal(err)
	}
	pod, err := store.ModifyStatus(e.store, "default", name, func(p *corev1.Pod) error {
		p.Status.Phase = corev1.PodRunning
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		return nil
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return pod
}

// transports are the ways client-go can run a command.
var transports = []string{"websocket", "SPDY"}

func (e *engine) executor(transport string, o *corev1.PodExecOptions) remotecommand.Executor {
	e.t.Helper()
	url := e.client.CoreV1().RESTClient().Post().Resource("pods").Namespace("default").Name("p").SubResource("exec").VersionedParams(o, scheme.ParameterCodec).URL()
	var x remotecommand.Executor
	var err error
	if transport == "SPDY" {
		x, err = remotecommand.NewSPDYExecutor(e.config, "POST", url)
	} else {
		x, err = remotecommand.NewWebSocketExecutor(e.config, "GET", url.String())
	}
	if err != nil {
		e.t.Fatal(err)
	}
	return x
}

func TestExecCarriesStreamsAndExitCodes(t *testing.T) {
	e := start(t, fakeNode{})
	e.running("p", nil)
	for _, transport := range transports {
		run := func(stdin io.Reader, command ...string) (string, string, error) {
			var out, errOut bytes.Buffer
			o := &corev1.PodExecOptions{Command: command, Stdin: stdin != nil, Stdout: true, Stderr: true}
			err := e.executor(transport, o).StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: stdin, Stdout: &out, Stderr: &errOut})
			return out.String(), errOut.String(), err
		}
		t.Run(transport, func(t *testing.T) {
			if out, _, err := run(nil, "echo", "hello"); err != nil || out != "web: echo hello tty=false\n" {
				t.Errorf("echo: %q, %v", out, err)
			}
			if out, _, err := run(strings.NewReader("through the container"), "cat"); err != nil || out != "through the container" {
				t.Errorf("cat: %q, %v", out, err)
			}
			if out, _, err := run(nil, "flood"); err != nil || len(out) != 1<<20 {
				t.Errorf("flood: %d bytes, %v", len(out), err)
			}
			_, errOut, err := run(nil, "exit")
			var code utilexec.CodeExitError
			if !errors.As(err, &code) || code.Code != 7 || errOut != "failing\n" {
				t.Errorf("exit: %v, %q", err, errOut)
			}
			if _, _, err = run(nil, "missing"); err == nil || !strings.Contains(err.Error(), "executable not found") {
				t.Errorf("missing: %v", err)
			}
			var out bytes.Buffer
			sizes := &oneSize{width: 80, height: 24}
			o := &corev1.PodExecOptions{Command: []string{"size"}, Stdin: true, Stdout: true, TTY: true}
			err = e.executor(transport, o).StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: strings.NewReader(""), Stdout: &out, Tty: true, TerminalSizeQueue: sizes})
			if err != nil || out.String() != "80x24" {
				t.Errorf("size: %q, %v", out.String(), err)
			}
		})
	}
}

// oneSize is a terminal that is never resized.
type oneSize struct {
	width, height uint16
	told          bool
}

func (s *oneSize) Next() *remotecommand.TerminalSize {
	if s.told {
		return nil
	}
	s.told = true
	return &remotecommand.TerminalSize{Width: s.width, Height: s.height}
}

func TestExecThatCannotBeIsAStatus(t *testing.T) {
	e := start(t, fakeNode{})
	e.running("p", nil)
	for query, want := range map[string]string{
		"?stdout=1":                             "you must specify a command for the container",
		"?command=ls":                           "at least one of stdin, stdout, stderr",
		"?command=ls&stdout=1":                  "exec needs a connection upgraded",
		"?command=ls&stdout=1&container=nobody": "container nobody is not valid for pod p, choose one of: [web]",
	} {
		resp, body := e.do(http.MethodPost, "/api/v1/namespaces/default/pods/p/exec"+query, "")
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", query, resp.StatusCode, body)
		}
	}
}

func TestPortForwardOverBothTransports(t *testing.T) {
	e := start(t, fakeNode{})
	e.running("p", nil)
	url := e.client.CoreV1().RESTClient().Post().Resource("pods").Namespace("default").Name("p").SubResource("portforward").URL()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			rt, upgrader, err := spdy.RoundTripperFor(e.config)
			if err != nil {
				t.Fatal(err)
			}
			dialer := spdy.NewDialer(upgrader, &http.Client{Transport: rt}, "POST", url)
			if transport == "websocket" {
				if dialer, err = portforward.NewSPDYOverWebsocketDialer(url, e.config); err != nil {
					t.Fatal(err)
				}
			}
			stop, ready := make(chan struct{}), make(chan struct{})
			fw, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:80", "0:81"}, stop, ready, io.Discard, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- fw.ForwardPorts() }()
			<-ready
			ports, err := fw.GetPorts()
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", ports[0].Local))
				if err != nil {
					t.Fatal(err)
				}
				_, _ = fmt.Fprintf(conn, "hello %d", i)
				answer, err := io.ReadAll(conn)
				if err != nil || string(answer) != fmt.Sprintf("port 80: hello %d", i) {
					t.Errorf("%q, %v", answer, err)
				}
				_ = conn.Close()
			}
			conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", ports[1].Local))
			if err != nil {
				t.Fatal(err)
			}
			if answer, _ := io.ReadAll(conn); len(answer) != 0 {
				t.Errorf("a port where nobody listens: %q", answer)
			}
			_ = conn.Close()
			close(stop)
			// The client takes a refused port for the end of the connection.
			if err := <-done; err != nil && !errors.Is(err, portforward.ErrLostConnectionToPod) {
				t.Error(err)
			}
		})
	}
}

func TestLogsAreStreamedAndRefusedWithAStatus(t *testing.T) {
	node := fakeNode{line: make(chan string)}
	e := start(t, node)
	e.running("p", nil)
	pods := e.client.CoreV1().Pods("default")
	text, err := pods.GetLogs("p", &corev1.PodLogOptions{}).DoRaw(ctx)
	if err != nil || string(text) != "log of p/web\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err = pods.GetLogs("p", &corev1.PodLogOptions{Previous: true}).Stream(ctx); !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), "not found") {
		t.Errorf("previous: %v", err)
	}
	if _, err = pods.GetLogs("p", &corev1.PodLogOptions{Container: "x"}).DoRaw(ctx); !apierrors.IsBadRequest(err) {
		t.Errorf("another container: %v", err)
	}
	bad := int64(-1)
	if _, err = pods.GetLogs("p", &corev1.PodLogOptions{TailLines: &bad}).Stream(ctx); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "tailLines") {
		t.Errorf("tailLines=-1: %v", err)
	}
	stream, err := pods.GetLogs("p", &corev1.PodLogOptions{Follow: true}).Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	want := "log of p/web\n"
	for _, line := range []string{"one", "two"} {
		node.line <- line
		want += line + "\n"
		got := make([]byte, len(want))
		if _, err := io.ReadFull(stream, got); err != nil || string(got) != want {
			t.Fatalf("%q, %v", got, err)
		}
		want = ""
	}
	close(node.line)
	if rest, err := io.ReadAll(stream); err != nil || len(rest) != 0 {
		t.Errorf("%q, %v", rest, err)
	}
	unbound := podNamed("unbound", nil)
	if _, err := pods.Create(ctx, unbound, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err = pods.GetLogs("unbound", &corev1.PodLogOptions{}).DoRaw(ctx); !apierrors.IsBadRequest(err) {
		t.Errorf("a pod without a node: %v", err)
	}
}

func TestEvictionSpendsTheBudget(t *testing.T) {
	e := start(t, fakeNode{})
	labels := map[string]string{"app": "web"}
	for _, name := range []string{"a", "b", "c"} {
		e.running(name, labels)
	}
	least := intstr.FromInt32(2)
	pdb := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &least, Selector: &metav1.LabelSelector{MatchLabels: labels}},
	}
	if _, err := e.client.PolicyV1().PodDisruptionBudgets("default").Create(ctx, pdb, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := store.ModifyStatus(e.store, "default", "web", func(p *policyv1.PodDisruptionBudget) error {
		p.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: p.Generation, DisruptionsAllowed: 1, CurrentHealthy: 3, DesiredHealthy: 2, ExpectedPods: 3}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	evict := func(name string) error {
		return e.client.CoreV1().Pods("default").EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	if err := evict("a"); err != nil {
		t.Fatal(err)
	}
	if p, err := e.client.CoreV1().Pods("default").Get(ctx, "a", metav1.GetOptions{}); err != nil || p.DeletionTimestamp == nil {
		t.Errorf("evicted: %v, %v", p.DeletionTimestamp, err)
	}
	err = evict("b")
	if !apierrors.IsTooManyRequests(err) || !apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause) {
		t.Errorf("beyond the budget: %v", err)
	}
	if err := evict("nobody"); !apierrors.IsNotFound(err) {
		t.Errorf("nobody: %v", err)
	}
}

// TestKubectlStreams runs the kubectl of this machine against the fake node.
func TestKubectlStreams(t *testing.T) {
	e := start(t, fakeNode{})
	e.running("p", nil)
	if out := e.must("", "exec", "p", "--", "echo", "hello"); !strings.Contains(out, "web: echo hello tty=false") {
		t.Errorf("exec: %q", out)
	}
	if out := e.must("input", "exec", "-i", "p", "--", "cat"); out != "input" {
		t.Errorf("exec -i: %q", out)
	}
	out, err := e.kubectl("", "exec", "p", "--", "exit")
	var code *exec.ExitError
	if !errors.As(err, &code) || code.ExitCode() != 7 || !strings.Contains(out, "command terminated with exit code 7") {
		t.Errorf("exit: %q, %v", out, err)
	}
	if out := e.must("", "logs", "p"); out != "log of p/web\n" {
		t.Errorf("logs: %q", out)
	}
	if out, err := e.kubectl("", "attach", "p"); err == nil || !strings.Contains(out, "attach") {
		t.Errorf("attach: %q, %v", out, err)
	}
	for _, websockets := range []string{"true", "false"} {
		cmd := exec.Command("kubectl", "port-forward", "p", ":80")
		cmd.Env = append(cmd.Environ(), "KUBECONFIG="+e.home.Kubeconfig(), "HOME="+e.home.Root, "KUBECTL_PORT_FORWARD_WEBSOCKETS="+websockets)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var port int
		if _, err := fmt.Fscanf(stdout, "Forwarding from 127.0.0.1:%d -> 80\n", &port); err != nil {
			t.Fatal(err)
		}
		conn, err := net.DialTimeout("tcp", fmt.Sprint("127.0.0.1:", port), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "hello")
		if answer, err := io.ReadAll(conn); err != nil || string(answer) != "port 80: hello" {
			t.Errorf("port-forward, websockets %s: %q, %v", websockets, answer, err)
		}
		_ = conn.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}
