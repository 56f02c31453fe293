package control

import (
	"context"
	"log/slog"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/autoscaler"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/volume"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/home"
)

// Usage is what a container uses now.
type Usage = autoscaler.Usage

// Options are what the controllers stand on.
type Options struct {
	Store    *store.Store
	Events   func(component string) *event.Recorder
	Home     home.Dir // Home.Volumes() holds the local volumes
	NodeName string
	// Metrics tells what each container of a pod uses; an error means that it is not known yet.
	Metrics func(pod *corev1.Pod) (map[string]Usage, error)
	Log     *slog.Logger
}

// Run runs all controllers until ctx ends, and returns when they write no more. Its error is nil.
func Run(ctx context.Context, o Options) error {
	env := &loop.Env{
		Store: o.Store, Clock: clock.RealClock{}, Log: o.Log, Node: o.NodeName,
		Events: func(component string) loop.Recorder { return o.Events(component) },
	}
	runAll(ctx, controllers(env, o.Home.Volumes(), o.Metrics))
	return nil
}

func runAll(ctx context.Context, list []loop.Runner) {
	var wg sync.WaitGroup
	for _, c := range list {
		wg.Go(func() { c.Run(ctx) })
	}
	wg.Wait()
}

// Admit is the admission that belongs to the controllers: the default StorageClass, the protection of claims and
// volumes, and which claims may grow. It comes before defaults and validation.
func Admit(s *store.Store) store.Admission { return volume.Admit(s) }
