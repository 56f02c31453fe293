package api

import (
	"context"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/home"
)

// engine is an API with a store on disk and a node of the test's own.
type engine struct {
	*Server
	t      *testing.T
	store  *store.Store
	home   home.Dir
	config *rest.Config
	client *kubernetes.Clientset
}

func start(t *testing.T, node Node) *engine {
	t.Helper()
	return startIn(t, t.TempDir(), node)
}

func startIn(t *testing.T, root string, node Node) *engine {
	t.Helper()
	e := &engine{t: t, home: home.Dir{Root: root, Run: filepath.Join(root, "run")}}
	var err error
	if e.store, err = store.Open(e.home.Store()); err != nil {
		t.Fatal(err)
	}
	if e.Server, err = New(Options{Store: e.store, Node: node, Home: e.home}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !strings.Contains(err.Error(), "deadline") {
			t.Error(err)
		}
		if err := e.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if e.config, err = clientcmd.BuildConfigFromFlags("", e.home.Kubeconfig()); err != nil {
		t.Fatal(err)
	}
	e.config.QPS, e.config.Burst = 1000, 1000
	if e.client, err = kubernetes.NewForConfig(e.config); err != nil {
		t.Fatal(err)
	}
	return e
}

// kubectl runs the real kubectl with some input; it returns both its outputs and its error.
func (e *engine) kubectl(stdin string, args ...string) (string, error) {
	e.t.Helper()
	cmd := exec.Command("kubectl", args...)
	cmd.Env = append(cmd.Environ(), "KUBECONFIG="+e.home.Kubeconfig(), "HOME="+e.home.Root)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must is kubectl that succeeds.
func (e *engine) must(stdin string, args ...string) string {
	e.t.Helper()
	out, err := e.kubectl(stdin, args...)
	if err != nil {
		e.t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// do sends a request with the client's certificate, and headers given as pairs; it returns the answer and its body.
func (e *engine) do(method, path, body string, headers ...string) (*http.Response, string) {
	e.t.Helper()
	transport, err := rest.HTTPClientFor(e.config)
	if err != nil {
		e.t.Fatal(err)
	}
	r, err := http.NewRequest(method, e.URL()+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := transport.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return resp, string(data)
}

func unquoted(s string) string { return strings.ReplaceAll(s, `\"`, `"`) }

func waitFor(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}
