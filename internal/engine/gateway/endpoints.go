package gateway

import (
	"context"
	"net"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// endpoints are all that there are, by name, and those that closed with requests still in flight.
type endpoints struct {
	mark    int
	mu      sync.Mutex
	all     map[endpointKey]*endpoint
	drained map[types.UID]bool // pods that are going; remembered until no EndpointSlice names them
}

func newEndpoints(mark int) *endpoints {
	return &endpoints{mark: mark, all: map[endpointKey]*endpoint{}, drained: map[types.UID]bool{}}
}

// get returns the endpoint of that name, made if it is new.
func (s *endpoints) get(key endpointKey) *endpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.all[key]
	if e == nil {
		e = newEndpoint(key, s.mark)
		e.drained = key.pod != "" && s.drained[key.pod]
		s.all[key] = e
	}
	return e
}

// bury breaks off what is in flight to a pod that is no more: its network went with it, and no answer and no reset would
// ever come.
func (s *endpoints) bury(pod types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range s.all {
		if key.pod == pod {
			e.bury()
		}
	}
}

// update opens the endpoints that are ready, closes the others and forgets those that are gone.
func (s *endpoints) update(live map[endpointKey]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	named := map[types.UID]bool{}
	for key := range live {
		named[key.pod] = true
	}
	for key, e := range s.all {
		ready, exists := live[key]
		e.mu.Lock()
		closed := e.open && !ready
		e.open = ready
		load := e.load
		e.mu.Unlock()
		if closed {
			e.way().CloseIdleConnections()
		}
		if !exists && load == 0 {
			delete(s.all, key)
			e.bury()
		}
	}
	for pod := range s.drained {
		if !named[pod] {
			delete(s.drained, pod)
		}
	}
}

func (s *endpoints) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.all {
		e.way().CloseIdleConnections()
	}
}

// Drain returns when no request of the gateway is in flight to a pod and none will begin, or when ctx ends. Streams
// without end (WebSocket, Server-Sent Events) are not waited for: only the application can end them, once it is told
// to stop.
func (g *Gateway) Drain(ctx context.Context, pod *corev1.Pod) {
	s := g.endpoints
	addresses := map[string]bool{pod.Status.PodIP: true}
	for _, ip := range pod.Status.PodIPs {
		addresses[ip.IP] = true
	}
	delete(addresses, "")
	var closing []*endpoint
	s.mu.Lock()
	if pod.UID != "" {
		s.drained[pod.UID] = true
	}
	for key, e := range s.all {
		host, _, err := net.SplitHostPort(key.address)
		if key.pod == pod.UID && key.pod != "" || key.pod == "" && err == nil && addresses[host] {
			closing = append(closing, e)
		}
	}
	s.mu.Unlock()
	for _, e := range closing {
		e.mu.Lock()
		e.drained = e.key.pod != "" // an address without a pod may come to another
		e.open = false
		e.mu.Unlock()
		e.way().CloseIdleConnections()
	}
	for _, e := range closing {
		e.wait(ctx)
		e.way().CloseIdleConnections()
	}
}
