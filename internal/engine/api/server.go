package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/home"
)

// Options of a server.
type Options struct {
	Store  *store.Store
	Node   Node // may be nil while no node runs: logs, exec and port-forward say so
	Home   home.Dir
	Listen string // "127.0.0.1:0" if empty; with port 0 the port of the kubeconfig there is, or any
	Log    *slog.Logger
}

// Server is the Kubernetes API of one engine.
type Server struct {
	store     *store.Store
	node      Node
	log       *slog.Logger
	codec     *codec
	managers  *managers
	documents documents
	resources map[schema.GroupVersionResource]*store.Kind
	open      map[string]http.HandlerFunc // answered without a certificate
	pki       *pki
	listener  net.Listener
	stop      chan struct{}
	active    atomic.Int64 // requests in flight
}

// New adds the rules of Kubernetes' API to the store's admission, makes the keys, the namespaces every cluster has and
// the kubeconfig, and listens. Admissions added to the store after it see objects with their defaults, and valid.
func New(o Options) (*Server, error) {
	s := &Server{
		store:     o.Store,
		node:      o.Node,
		log:       o.Log,
		codec:     newCodec(),
		resources: map[schema.GroupVersionResource]*store.Kind{},
		stop:      make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.managers = &managers{codec: s.codec}
	s.open = s.openPaths()
	for _, k := range store.Kinds {
		s.resources[k.GVK.GroupVersion().WithResource(k.Resource)] = k
	}
	s.admit(o.Home.Root)
	if err := s.bootstrap(); err != nil {
		return nil, err
	}
	var err error
	if s.pki, err = openPKI(o.Home.PKI()); err != nil {
		return nil, fmt.Errorf("keys of the API: %w", err)
	}
	if s.listener, err = listen(o.Listen, o.Home.Kubeconfig()); err != nil {
		return nil, fmt.Errorf("API: %w", err)
	}
	if err := s.pki.kubeconfig(o.Home.Kubeconfig(), s.URL()); err != nil {
		_ = s.listener.Close()
		return nil, fmt.Errorf("kubeconfig %s: %w", o.Home.Kubeconfig(), err)
	}
	return s, nil
}

// URL is where the API answers.
func (s *Server) URL() string { return "https://" + s.listener.Addr().String() }

// listen takes the address given; if it leaves the port open, the one that the kubeconfig already says, so that
// whoever copied it finds the API again.
func listen(address, kubeconfig string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	if host, port, err := net.SplitHostPort(address); err == nil && port == "0" {
		if old := portIn(kubeconfig); old != "" {
			if l, err := net.Listen("tcp", net.JoinHostPort(host, old)); err == nil {
				return l, nil
			}
		}
	}
	return net.Listen("tcp", address)
}

// Serve answers until ctx ends; then watches and other long answers end, and requests in flight are finished.
func (s *Server) Serve(ctx context.Context) error {
	s.keepServiceAccounts(ctx)
	server := &http.Server{
		Handler:           s.recovered(),
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       3 * time.Minute,
		ErrorLog:          log.New(quiet{}, "", 0),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{s.pki.server},
			ClientCAs:    s.pki.pool,
			ClientAuth:   tls.VerifyClientCertIfGiven,
			MinVersion:   tls.VersionTLS12,
		},
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		close(s.stop)
		done <- s.shutdown(server)
	}()
	if err := server.ServeTLS(s.listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("API: %w", err)
	}
	return <-done
}

// shutdown takes no new connections, and closes those there are when their requests are answered, or after a while.
// http.Server.Shutdown alone waits a second for every idle HTTP/2 connection.
func (s *Server) shutdown(server *http.Server) error {
	grace, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	go func() { _ = server.Shutdown(grace) }()
	for s.active.Load() > 0 && grace.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	return server.Close()
}

// stopGrace is how long requests in flight are waited for.
const stopGrace = 2 * time.Second

// stopping is closed when the server stops.
func (s *Server) stopping() <-chan struct{} { return s.stop }

// recovered keeps the engine alive when one request makes its handler panic.
func (s *Server) recovered() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.active.Add(1)
		defer s.active.Add(-1)
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.log.Error("a request of the API made its handler panic", "method", r.Method, "path", r.URL.Path, "panic", p)
				s.fail(w, r, fmt.Errorf("the request made the engine panic: %v", p))
			}
		}()
		s.ServeHTTP(w, r)
	})
}

// known tells whether the request comes from the holder of a certificate of ours.
func (s *Server) known(r *http.Request) bool {
	return r.TLS != nil && len(r.TLS.VerifiedChains) > 0 && hasUsage(r.TLS.VerifiedChains[0][0], x509.ExtKeyUsageClientAuth)
}

// quiet drops what net/http says of failed handshakes: the client is told.
type quiet struct{}

func (quiet) Write(p []byte) (int, error) { return len(p), nil }
