package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"

	"github.com/slipway-sh/slipway/internal/engine/api"
	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/gateway"
	"github.com/slipway-sh/slipway/internal/engine/network"
	"github.com/slipway-sh/slipway/internal/engine/node"
	"github.com/slipway-sh/slipway/internal/home"
)

// Options say where an engine lives and what it listens on.
type Options struct {
	Home         home.Dir
	Listen       string       // of the API; "" is the last address used, or a free port on loopback
	GatewayPorts []int        // the first free one is taken
	PodCIDR      netip.Prefix // zero: the last one used, or one that this machine does not route
	ServiceCIDR  netip.Prefix
	Log          *slog.Logger
}

// ErrNotRoot means that the engine was started by somebody who cannot make namespaces and networks.
var ErrNotRoot = errors.New("engine: needs root to make containers and networks; run it with sudo")

// Run serves until ctx ends or a room fails. The containers go on.
func Run(ctx context.Context, o Options) error {
	if os.Geteuid() != 0 {
		return ErrNotRoot
	}
	if err := o.Home.Create(); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	lock, err := acquire(o.Home)
	if err != nil {
		return err
	}
	defer lock.release()
	s, err := store.Open(o.Home.Store())
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	e, err := build(o, s)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(e.run(ctx), s.Close())
}

// engine is the rooms, wired.
type engine struct {
	Options
	store   *store.Store
	network *network.Network
	node    *node.Node
	gateway *gateway.Gateway
	api     *api.Server
	name    string
}
