package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"
)

type execFlags struct {
	container  string
	stdin, tty bool
}

func (s *session) exec() *cobra.Command {
	var f execFlags
	cmd := &cobra.Command{
		Use:   "exec SERVICE -- COMMAND [ARG…]",
		Short: "Runs a command in a container of a service, and ends with its exit code",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return errors.New("exec needs a service and, after --, a command")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := s.which.identify(cmd.Context())
			if err != nil {
				return err
			}
			c, err := s.where.connect()
			if err != nil {
				return err
			}
			return s.runExec(cmd.Context(), c, id, args[0], args[1:], f)
		},
	}
	s.which.add(cmd, "f")
	cmd.Flags().StringVarP(&f.container, "container", "c", "", "`NAME` of the container (default: the first)")
	cmd.Flags().BoolVarP(&f.stdin, "stdin", "i", false, "give it what is typed or piped in")
	cmd.Flags().BoolVarP(&f.tty, "tty", "t", false, "give it a terminal")
	return cmd
}

func (s *session) runExec(ctx context.Context, c *cluster, id identity, service string, command []string, f execFlags) error {
	pods, err := c.podsOf(ctx, id, []string{service})
	if err != nil {
		return err
	}
	pod := runningPod(pods)
	if pod == nil {
		return fmt.Errorf("service %s of %s: no pod of it runs; see slipway ps", service, id.name)
	}
	container := f.container
	if container == "" {
		container = pod.Spec.Containers[0].Name
	}
	req := c.client.CoreV1().RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Container: container, Command: command, Stdin: f.stdin, Stdout: true, Stderr: !f.tty, TTY: f.tty,
		}, scheme.ParameterCodec)
	stream, err := streamer(c.config, req)
	if err != nil {
		return err
	}
	opts := remotecommand.StreamOptions{Stdout: s.out, Stderr: s.errs, Tty: f.tty}
	if f.stdin {
		opts.Stdin = s.in
	}
	if f.tty {
		opts.Stderr = nil
		restore, sizes := rawTerminal(s.in)
		defer restore()
		opts.TerminalSizeQueue = sizes
	}
	err = stream.StreamWithContext(ctx, opts)
	var ended utilexec.CodeExitError
	if errors.As(err, &ended) {
		return exitCode(ended.Code)
	}
	if err != nil {
		return fmt.Errorf("pod %s/%s: %s: %w", pod.Namespace, pod.Name, strings.Join(command, " "), err)
	}
	return nil
}

// streamer speaks WebSocket, or SPDY to an API that does not.
func streamer(cfg *rest.Config, req *rest.Request) (remotecommand.Executor, error) {
	ws, err := remotecommand.NewWebSocketExecutor(cfg, "GET", req.URL().String())
	if err != nil {
		return nil, err
	}
	spdy, err := remotecommand.NewSPDYExecutor(cfg, "POST", req.URL())
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(ws, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
}

// runningPod is a ready pod, or one that at least runs.
func runningPod(pods []corev1.Pod) *corev1.Pod {
	var best *corev1.Pod
	for i := range pods {
		p := &pods[i]
		if p.DeletionTimestamp != nil || p.Status.Phase != corev1.PodRunning {
			continue
		}
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
				return p
			}
		}
		best = p
	}
	return best
}

// rawTerminal hands the keys through as they are typed, and tells how large the terminal is, now and when it changes.
func rawTerminal(in io.Reader) (restore func(), sizes remotecommand.TerminalSizeQueue) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}, nil
	}
	fd := int(f.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return func() {}, nil
	}
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	changed <- syscall.SIGWINCH
	return func() { signal.Stop(changed); _ = term.Restore(fd, state) }, &sizeQueue{fd, changed}
}

type sizeQueue struct {
	fd      int
	changed <-chan os.Signal
}

// Next waits for the terminal's next size.
func (q *sizeQueue) Next() *remotecommand.TerminalSize {
	for range q.changed {
		if w, h, err := term.GetSize(q.fd); err == nil {
			return &remotecommand.TerminalSize{Width: uint16(w), Height: uint16(h)}
		}
	}
	return nil
}
