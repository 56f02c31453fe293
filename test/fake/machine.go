// Package fake plays a machine for tests: the engine's own API and controllers, over a kubelet that runs nothing.
//
// DESIGN. What pods do is in the names of their images (serves, never-ready, crashes, missing, completes, fails), so
// that an ordinary application can be written for every way of failing, without containers, root or waiting.
package fake

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/slipway-sh/slipway/internal/engine/api"
	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/home"
)

// Start starts a machine that ends with the test, and returns the kubeconfig of its API, whose context is "slipway".
// With SLIPWAY_FAKE_ON, a kubeconfig, the kubelet is that of a real Kubernetes without nodes, which the tests share.
func Start(t testing.TB) string {
	t.Helper()
	if real := os.Getenv("SLIPWAY_FAKE_ON"); real != "" {
		onReal(t, real)
		return real
	}
	root := t.TempDir()
	dir := home.Dir{Root: root, Run: filepath.Join(root, "run")}
	s, err := store.Open(dir.Store())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.Admit(control.Admit(s))
	server, err := api.New(api.Options{Store: s, Node: node{}, Home: dir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served, controlled := make(chan error, 1), make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	go func() {
		recorders := func(component string) *event.Recorder { return event.New(s, component, Machine) }
		controlled <- control.Run(ctx, control.Options{Store: s, Events: recorders, Home: dir, NodeName: Machine, Log: log})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-controlled; err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil && !strings.Contains(err.Error(), "deadline") {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	startKubelet(t, clientOf(t, dir.Kubeconfig()))
	return dir.Kubeconfig()
}

// onReal plays the kubelet of a real Kubernetes until the test ends, and leaves nothing of it and the shop.
func onReal(t testing.TB, kubeconfig string) {
	t.Helper()
	client := clientOf(t, kubeconfig)
	startKubelet(t, client) // ends after the clean-up, which needs it
	t.Cleanup(func() {
		ctx := context.Background()
		_ = client.CoreV1().Namespaces().Delete(ctx, "shop", metav1.DeleteOptions{})
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if _, err := client.CoreV1().Namespaces().Get(ctx, "shop", metav1.GetOptions{}); err != nil {
				break
			}
		}
		_ = client.CoreV1().Nodes().Delete(ctx, Machine, metav1.DeleteOptions{})
	})
}

func clientOf(t testing.TB, kubeconfig string) kubernetes.Interface {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	cfg.QPS = -1
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
