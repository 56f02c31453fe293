package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api"
	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/engine/gateway"
	"github.com/slipway-sh/slipway/internal/engine/network"
	"github.com/slipway-sh/slipway/internal/engine/network/dns"
	"github.com/slipway-sh/slipway/internal/engine/node"
	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/image"
)

// build makes the rooms in the order in which they need each other. Admission runs in the order of registration: the
// API's rules first, then the network's, which so sees objects with their defaults.
func build(o Options, s *store.Store) (*engine, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e := &engine{Options: o, store: s, name: nodeName(s, host)}
	images, err := image.Open(o.Home.Images())
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e.node, err = node.New(node.Options{
		Store: s, Home: o.Home, Images: images, Network: attachments{e}, Drain: e.drain,
		Events: e.recorder("kubelet"), Name: e.name, Log: o.Log.With("room", "node"),
	})
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	s.Admit(control.Admit(s))
	e.api, err = api.New(api.Options{Store: s, Node: e.node, Home: o.Home, Listen: o.Listen, Log: o.Log.With("room", "api")})
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e.network, err = network.New(network.Options{
		Store: s, Home: o.Home, PodCIDR: o.PodCIDR, ServiceCIDR: o.ServiceCIDR,
		PublishDNS: e.publish, Log: o.Log.With("room", "network"),
	})
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	s.Admit(e.network.Admit)
	e.gateway, err = gateway.New(gateway.Options{
		Store: s, Ports: o.GatewayPorts, Class: "slipway", Events: e.recorder("slipway-gateway"), Log: o.Log.With("room", "gateway"),
	})
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	return e, nil
}

func (e *engine) recorder(component string) *event.Recorder {
	return event.New(e.store, component, e.name)
}

// drain returns when nobody sends a pod anything new and what it has begun is answered, or ctx ends.
func (e *engine) drain(ctx context.Context, pod *corev1.Pod) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.network.Drain(ctx, pod)
	}()
	e.gateway.Drain(ctx, pod)
	<-done
}

// publish hands the names to the keeper, who answers for them also while no engine runs.
func (e *engine) publish(zone dns.Zone) error {
	text, err := json.Marshal(keeper.Names{Listen: netip.AddrPortFrom(e.network.DNS(), 53), Zone: zone})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	k, err := e.node.Keeper(ctx)
	if err != nil {
		return err
	}
	return k.SetZone(ctx, text)
}

// attachments is the network as the node asks it.
type attachments struct{ e *engine }

func (a attachments) Attach(ctx context.Context, pod *corev1.Pod) (node.Attachment, error) {
	at, err := a.e.network.Attach(ctx, pod)
	return node.Attachment{IP: at.IP, NetNS: at.NetNS}, err
}

func (a attachments) Detach(ctx context.Context, uid types.UID) error {
	return a.e.network.Detach(ctx, uid)
}
func (a attachments) Attached() []types.UID  { return a.e.network.Attached() }
func (a attachments) DNS() (addr netip.Addr) { return a.e.network.DNS() }

// Logger writes one line per event, as a service manager's journal wants them.
func Logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
