// Package fake plays a machine for tests: the engine's own API and controllers, over a kubelet that runs nothing.
//
// DESIGN. What pods do is in the names of their images (serves, never-ready, crashes, missing, completes, fails), so
// that an ordinary application can be written for every way of failing, without containers, root or waiting.
package fake

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/slipway-sh/slipway/internal/engine/api"
	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/home"
)

// Start starts a machine that ends with the test, and returns the kubeconfig of its API.
func Start(t testing.TB) string {
	t.Helper()
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
		<-controlled
		if err := <-served; err != nil && !strings.Contains(err.Error(), "deadline") {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg, err := clientcmd.BuildConfigFromFlags("", dir.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	cfg.QPS = -1
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	startKubelet(t, client)
	return dir.Kubeconfig()
}
