package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/engine/network"
	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// Options is what a gateway is made with.
type Options struct {
	Store  *store.Store
	Events *event.Recorder // may be nil
	Log    *slog.Logger    // access log at debug level
	Ports  []int           // the first free one is taken; default 80, 8080 to 8089
	Bind   string          // address to listen on; default all
	Class  string          // spec.ingressClassName of the Ingresses it serves, besides those without; default "slipway"
	Wait   time.Duration   // how long a request waits for a ready pod; default 10 s
	Mark   int             // SO_MARK of connections to pods, by which NetworkPolicy knows them; default network.GatewayMark
	Queue  int             // how many requests may wait at once; default 1024
}

// Gateway is the reverse proxy. Make it with New and start it with Run.
type Gateway struct {
	opts      Options
	log       *slog.Logger
	listener  net.Listener
	server    *http.Server
	proxy     http.Handler
	table     atomic.Pointer[table]
	endpoints *endpoints
	counters  counters
	waiting   atomic.Int64
	warned    map[string]bool // Events written, by object, generation and words; used by the table's goroutine alone
	stated    map[store.Key]bool
}

// New takes the first free port; the error names those that are taken.
func New(o Options) (*Gateway, error) {
	if len(o.Ports) == 0 {
		o.Ports = []int{80}
		for p := 8080; p < 8090; p++ {
			o.Ports = append(o.Ports, p)
		}
	}
	if o.Class == "" {
		o.Class = "slipway"
	}
	if o.Wait == 0 {
		o.Wait = 10 * time.Second
	}
	if o.Mark == 0 {
		o.Mark = network.GatewayMark
	}
	if o.Queue == 0 {
		o.Queue = 1024
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{opts: o, log: o.Log, endpoints: newEndpoints(o.Mark), warned: map[string]bool{}, stated: map[store.Key]bool{}}
	g.table.Store(newTable())
	g.proxy = g.newProxy()
	var err error
	for _, p := range o.Ports {
		l, listenErr := net.Listen("tcp", net.JoinHostPort(o.Bind, strconv.Itoa(p)))
		if listenErr == nil {
			g.listener = l
			break
		}
		err = errors.Join(err, listenErr)
	}
	if g.listener == nil {
		return nil, fmt.Errorf("gateway: no port is free: %w", err)
	}
	g.server = g.newServer()
	return g, nil
}

func (g *Gateway) newServer() *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           http.HandlerFunc(g.serve),
		Protocols:         &protocols,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
}

// Address is where a browser on this machine finds the gateway, as in "http://localhost:8080".
func (g *Gateway) Address() string {
	host := "localhost"
	if g.opts.Bind != "" {
		host = g.opts.Bind
	}
	if p := g.port(); p != 80 {
		host = net.JoinHostPort(host, strconv.Itoa(p))
	}
	return "http://" + host
}

func (g *Gateway) port() int { return g.listener.Addr().(*net.TCPAddr).Port }

// Run serves until ctx ends, and then lets requests in flight finish for some seconds.
func (g *Gateway) Run(ctx context.Context) error {
	dirty := make(chan struct{}, 1)
	changed := func(store.Event) {
		select {
		case dirty <- struct{}{}:
		default:
		}
	}
	store.Subscribe[*networkingv1.Ingress](ctx, g.opts.Store, changed)
	store.Subscribe[*networkingv1.IngressClass](ctx, g.opts.Store, changed)
	store.Subscribe[*corev1.Service](ctx, g.opts.Store, changed)
	store.Subscribe[*discoveryv1.EndpointSlice](ctx, g.opts.Store, changed)
	store.Subscribe[*corev1.Pod](ctx, g.opts.Store, func(e store.Event) {
		if e.Type == watch.Deleted {
			g.endpoints.bury(e.Object.GetUID())
		}
	})
	go g.followPolicies(ctx)
	g.refresh()
	served := make(chan error, 1)
	go func() { served <- g.server.Serve(g.listener) }()
	for {
		select {
		case <-dirty:
			g.refresh()
		case err := <-served:
			return fmt.Errorf("gateway: %w", err)
		case <-ctx.Done():
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if g.server.Shutdown(late) != nil {
				_ = g.server.Close() // streams without end
			}
			g.endpoints.closeIdle()
			return nil
		}
	}
}

// refresh rebuilds the route table; if that fails, the one before goes on.
func (g *Gateway) refresh() {
	if err := rescue.Do(func() error { g.rebuild(); return nil }); err != nil {
		g.log.Error("gateway: the routes stay as they were", "error", err)
	}
}

// rebuild makes the route table anew from the store and swaps it in.
func (g *Gateway) rebuild() {
	b := &builder{gateway: g, table: newTable()}
	b.build()
	g.endpoints.update(b.live)
	old := g.table.Swap(b.table)
	close(old.replaced)
	b.report()
	g.state(b.served)
}
