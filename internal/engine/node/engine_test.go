package node_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/home"
	"github.com/slipway-sh/slipway/internal/image"
)

// engineMain is a process with a store and a node, to be killed. It takes orders line by line.
func engineMain() {
	var h home.Dir
	if err := json.Unmarshal([]byte(os.Getenv("NODE_TEST_ENGINE")), &h); err != nil {
		panic(err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	fail := func(err error) {
		if err != nil {
			log.Error("test engine", "error", err)
			os.Exit(1)
		}
	}
	s, err := openStore(h.Store())
	fail(err)
	images, err := image.Open(h.Images())
	fail(err)
	_, run, err := newNode(h, s, images, newStandIn(h), nil, log)
	fail(err)
	go func() { fail(run(context.Background())) }()
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o order
		if in.Decode(&o) != nil {
			select {} // whoever gave orders is gone; so will this process be
		}
		fail(out.Encode(obey(s, &o)))
	}
}

type order struct {
	Create *corev1.Pod
	Delete string
	Get    string
}

type answer struct {
	Pod   *corev1.Pod
	Error string
}

func obey(s *store.Store, o *order) (a answer) {
	var err error
	switch {
	case o.Create != nil:
		a.Pod, err = store.Create(s, o.Create)
	case o.Delete != "":
		err = store.Delete[*corev1.Pod](s, namespace, o.Delete, metav1.DeleteOptions{})
	default:
		a.Pod, err = store.Get[*corev1.Pod](s, namespace, o.Get)
	}
	if err != nil {
		a = answer{Error: err.Error()}
	}
	return a
}

// engine is such a process.
type engine struct {
	r   *room
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func (r *room) engine() *engine {
	r.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	where, _ := json.Marshal(r.home)
	e := &engine{r: r, cmd: exec.Command(exe)}
	e.cmd.Env = append(os.Environ(), "NODE_TEST_ENGINE="+string(where))
	e.cmd.Stderr = testWriter{r.t}
	e.in, _ = e.cmd.StdinPipe()
	out, _ := e.cmd.StdoutPipe()
	e.out = json.NewDecoder(bufio.NewReader(out))
	e.cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := e.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	return e
}

func (e *engine) tell(o order) (*corev1.Pod, error) {
	if err := json.NewEncoder(e.in).Encode(o); err != nil {
		return nil, err
	}
	var a answer
	if err := e.out.Decode(&a); err != nil {
		return nil, err
	}
	if a.Error != "" {
		return nil, fmt.Errorf("%s", a.Error)
	}
	return a.Pod, nil
}

func (e *engine) create(p *corev1.Pod) {
	e.r.t.Helper()
	if _, err := e.tell(order{Create: p}); err != nil {
		e.r.t.Fatal(err)
	}
}

func (e *engine) until(name, what string, ok func(*corev1.Pod) bool) *corev1.Pod {
	e.r.t.Helper()
	return e.r.wait(name, what, ok, func() *corev1.Pod {
		p, err := e.tell(order{Get: name})
		if err != nil {
			return nil
		}
		return p
	})
}

// kill kills the process at once, as a crash does.
func (e *engine) kill() {
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait()
}
