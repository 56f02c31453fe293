package main

import (
	"context"
	"os"
	"path/filepath"
)

// realKubernetes is test/kubernetes.
type realKubernetes struct {
	orchestrated
	dir, image string
}

func newKubernetes(dir, image string) *realKubernetes {
	return &realKubernetes{dir: filepath.Join(dir, "kubernetes"), image: image}
}

func (k *realKubernetes) name() string { return "kubernetes" }

func (k *realKubernetes) run(ctx context.Context, args ...string) error {
	return command(ctx, nil, os.Getenv("SLIPWAY_KUBERNETES"), args...)
}

func (k *realKubernetes) start(ctx context.Context) error {
	if err := k.run(ctx, "up", k.dir); err != nil {
		return err
	}
	return k.connect(filepath.Join(k.dir, "kubeconfig"))
}

func (k *realKubernetes) prepare(ctx context.Context) error {
	return k.run(ctx, "load", k.dir, k.image)
}

func (k *realKubernetes) stop(ctx context.Context) error { return k.run(ctx, "down", k.dir) }
