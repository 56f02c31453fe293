package network

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// healthChecks answers on spec.healthCheckNodePort as kube-proxy does: 200 while the Service has an endpoint here,
// which is the only place, else 503.
type healthChecks struct {
	mu      sync.Mutex
	servers map[int32]*healthCheck
}

type healthCheck struct {
	server *http.Server
	svc    types.NamespacedName
	local  atomic.Int64
}

func newHealthChecks() *healthChecks { return &healthChecks{servers: map[int32]*healthCheck{}} }

func (h *healthChecks) keep(w *world) {
	h.mu.Lock()
	defer h.mu.Unlock()
	wanted := map[int32]bool{}
	for _, svc := range w.services {
		port := svc.Spec.HealthCheckNodePort
		if port == 0 {
			continue
		}
		wanted[port] = true
		name := types.NamespacedName{Namespace: svc.Namespace, Name: svc.Name}
		c := h.servers[port]
		if c == nil || c.svc != name {
			if c != nil {
				_ = c.server.Close()
			}
			if c = serveHealth(name, port); c == nil {
				delete(h.servers, port)
				continue
			}
			h.servers[port] = c
		}
		c.local.Store(w.readyEndpoints(svc))
	}
	for port, c := range h.servers {
		if !wanted[port] {
			_ = c.server.Close()
			delete(h.servers, port)
		}
	}
}

func (h *healthChecks) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for port, c := range h.servers {
		_ = c.server.Close()
		delete(h.servers, port)
	}
}

// serveHealth returns nil if the port cannot be had, which is tried again at the next change.
func serveHealth(name types.NamespacedName, port int32) *healthCheck {
	l, err := net.Listen("tcp4", fmt.Sprintf(":%d", port))
	if err != nil {
		return nil
	}
	c := &healthCheck{svc: name}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = c.server.Serve(l) }()
	return c
}

func (c *healthCheck) ServeHTTP(rw http.ResponseWriter, _ *http.Request) {
	local := c.local.Load()
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	if local == 0 {
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(rw).Encode(map[string]any{
		"service":             map[string]string{"namespace": c.svc.Namespace, "name": c.svc.Name},
		"localEndpoints":      local,
		"serviceProxyHealthy": true,
	})
}

func (w *world) readyEndpoints(svc *corev1.Service) int64 {
	var count int64
	for _, e := range w.judge(w.slices[types.NamespacedName{Namespace: svc.Namespace, Name: svc.Name}]) {
		if e.ready {
			count++
		}
	}
	return count
}
