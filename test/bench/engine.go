package main

import (
	"context"
	"os"
	"path/filepath"
)

// engine is Slipway's own.
type engine struct {
	orchestrated
	root, image string
}

func newSlipway(dir, image string) *engine {
	return &engine{root: filepath.Join(dir, "slipway"), image: image}
}

func (e *engine) name() string { return "slipway" }

func (e *engine) run(ctx context.Context, args ...string) error {
	return command(ctx, []string{"SLIPWAY_ROOT=" + e.root}, filepath.Join(os.Getenv("SLIPWAY_BIN"), "slipway"), args...)
}

func (e *engine) start(ctx context.Context) error {
	if err := e.run(ctx, "engine", "start"); err != nil {
		return err
	}
	return e.connect(filepath.Join(e.root, "kubeconfig"))
}

func (e *engine) prepare(ctx context.Context) error { return e.run(ctx, "image", "load", e.image) }

func (e *engine) stop(ctx context.Context) error { return e.run(ctx, "engine", "stop", "--all") }
