package deliver_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/test/fake"
)

// place is a Kubernetes API to deliver to: that of the engine and its controllers, over a fake kubelet.
type place struct {
	*testing.T
	target *deliver.Target
	client kubernetes.Interface
}

func newPlace(t *testing.T) *place {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", fake.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg.QPS = -1
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
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
