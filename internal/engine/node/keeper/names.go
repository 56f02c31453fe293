package keeper

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"

	"github.com/slipway-sh/slipway/internal/engine/network/dns"
)

// Names is what the keeper answers for, and where.
type Names struct {
	Listen netip.AddrPort `json:"listen"`
	Zone   dns.Zone       `json:"zone"`
}

// names is the DNS server of the pods, fed by the engine; it goes on answering while no engine runs.
type names struct {
	log    *slog.Logger
	mu     sync.Mutex
	listen netip.AddrPort
	server *dns.Server
	stop   context.CancelFunc
}

// set answers from new Names, as JSON.
func (n *names) set(text json.RawMessage) error {
	var z Names
	if err := json.Unmarshal(text, &z); err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server == nil || n.listen != z.Listen {
		if n.stop != nil {
			n.stop()
		}
		ctx, stop := context.WithCancel(context.Background())
		s, err := dns.Serve(ctx, z.Listen, n.log)
		if err != nil {
			stop()
			return err
		}
		n.server, n.listen, n.stop = s, z.Listen, stop
	}
	n.server.SetZone(z.Zone)
	return nil
}
