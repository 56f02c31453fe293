package deliver_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/engine/api"
	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/home"
	"github.com/slipway-sh/slipway/internal/objects"
)

// place is a Kubernetes API to deliver to: that of the engine and its controllers, over a fake kubelet.
type place struct {
	*testing.T
	target *deliver.Target
	client kubernetes.Interface
}

func newPlace(t *testing.T) *place {
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
		recorders := func(component string) *event.Recorder { return event.New(s, component, machine) }
		controlled <- control.Run(ctx, control.Options{Store: s, Events: recorders, Home: dir, NodeName: machine, Log: log})
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
	return at(t, cfg, true)
}

func at(t *testing.T, cfg *rest.Config, fake bool) *place {
	t.Helper()
	cfg.QPS = -1
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if fake {
		startKubelet(t, client)
	}
	target, err := deliver.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &place{t, target, client}
}

// deploy plans and applies an application.
func (p *place) deploy(ctx context.Context, app *objects.Application, opts deliver.Options) (*deliver.ChangeSet, error) {
	plan, err := p.target.Plan(ctx, app, deliver.PlanOptions{})
	if err != nil {
		return nil, err
	}
	opts.Wait = true
	if opts.Timeout == 0 {
		opts.Timeout = time.Minute
	}
	return p.target.Apply(ctx, plan, opts)
}

// up is a deployment that succeeds.
func (p *place) up(app *objects.Application) *deliver.ChangeSet {
	p.Helper()
	done, err := p.deploy(p.Context(), app, deliver.Options{Rollback: true})
	if err != nil {
		p.Fatal(err)
	}
	return done
}

// fails is a deployment that fails, is rolled back, and says all of the words.
func (p *place) fails(app *objects.Application, opts deliver.Options, words ...string) error {
	p.Helper()
	opts.Rollback = true
	_, err := p.deploy(p.Context(), app, opts)
	if err == nil {
		p.Fatal("did not fail")
	}
	p.Logf("%v", err)
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			p.Errorf("the error does not say %q: %v", w, err)
		}
	}
	return err
}
