package gateway

import (
	"context"
	"time"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// inForce is the time within which a changed NetworkPolicy is in the kernel's rules.
const inForce = 500 * time.Millisecond

// followPolicies makes the gateway connect anew when a NetworkPolicy changes: rules judge new connections, and one
// that was kept for the next request would go on reaching a pod that is closed to the gateway now.
func (g *Gateway) followPolicies(ctx context.Context) {
	changed := make(chan struct{}, 1)
	store.Subscribe[*networkingv1.NetworkPolicy](ctx, g.opts.Store, func(store.Event) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		g.endpoints.renew()
		select {
		case <-ctx.Done():
			return
		case <-time.After(inForce):
		}
		g.endpoints.renew() // what connected before the rules were there
	}
}

// renew lets all endpoints be connected to anew.
func (s *endpoints) renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.all {
		e.renew()
	}
}
