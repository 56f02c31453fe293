package gateway

import (
	"maps"
	"sync"
)

// Count is what the gateway has done for one Service.
type Count struct {
	Requests uint64
	InFlight int
	ByCode   map[int]uint64 // by HTTP status; 499 where the client went away first
}

type counters struct {
	mu       sync.Mutex
	services map[string]*Count
}

// begin counts a request to a Service ("" for none) and returns what to call with its status.
func (c *counters) begin(service string) func(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.services == nil {
		c.services = map[string]*Count{}
	}
	n := c.services[service]
	if n == nil {
		n = &Count{ByCode: map[int]uint64{}}
		c.services[service] = n
	}
	n.Requests++
	n.InFlight++
	return func(code int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		n.InFlight--
		n.ByCode[code]++
	}
}

// Counts returns what was done so far, by Service as "namespace/name"; "" stands for requests without a route.
func (g *Gateway) Counts() map[string]Count {
	g.counters.mu.Lock()
	defer g.counters.mu.Unlock()
	out := map[string]Count{}
	for k, v := range g.counters.services {
		c := *v
		c.ByCode = maps.Clone(v.ByCode)
		out[k] = c
	}
	return out
}
