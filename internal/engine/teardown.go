package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/network"
	"github.com/slipway-sh/slipway/internal/engine/node"
)

// Teardown ends all containers of an engine that does not run, and removes what it made in the kernel: control groups,
// mounts, network namespaces, links, rules. Objects, images and volumes stay; the next engine starts the pods again.
func Teardown(ctx context.Context, o Options) error {
	if os.Geteuid() != 0 {
		return ErrNotRoot
	}
	if _, err := os.Stat(o.Home.Root); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := o.Home.Create(); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	lock, err := acquire(o.Home)
	if err != nil {
		return err
	}
	defer lock.release()
	err = node.Teardown(ctx, o.Home)
	n, nerr := network.New(network.Options{Store: store.New(), Home: o.Home, PodCIDR: o.PodCIDR, ServiceCIDR: o.ServiceCIDR, Log: o.Log})
	if nerr == nil {
		nerr = n.Teardown(ctx)
	}
	return errors.Join(err, nerr)
}
