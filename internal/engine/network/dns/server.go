package dns

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// Server answers by UDP and TCP.
type Server struct {
	zone     atomic.Pointer[index]
	upstream *upstreams
	log      *slog.Logger
	servers  []*dns.Server
	addr     netip.AddrPort
	busy     chan struct{} // one token per question that is being asked outside
}

// most is how many questions are asked outside at once; more are answered SERVFAIL.
const most = 1000

// Serve begins to listen on an address, which the host need not have yet, and answers until ctx ends. Before SetZone
// every name of the cluster is answered SERVFAIL, so that nobody takes a name for missing.
func Serve(ctx context.Context, addr netip.AddrPort, log *slog.Logger) (*Server, error) {
	return listen(ctx, addr, log, "/etc/resolv.conf")
}

func listen(ctx context.Context, addr netip.AddrPort, log *slog.Logger, resolvConf string) (*Server, error) {
	s := &Server{log: log, busy: make(chan struct{}, most)}
	lc := net.ListenConfig{Control: freebind}
	pc, err := lc.ListenPacket(ctx, "udp4", addr.String())
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	s.addr = netip.MustParseAddrPort(pc.LocalAddr().String())
	l, err := lc.Listen(ctx, "tcp4", s.addr.String())
	if err != nil {
		_ = pc.Close()
		return nil, fmt.Errorf("names: %w", err)
	}
	s.upstream = &upstreams{file: resolvConf, self: s.addr}
	s.servers = []*dns.Server{
		{PacketConn: pc, Handler: s, UDPSize: dns.MaxMsgSize},
		{Listener: l, Handler: s, ReadTimeout: 10 * time.Second},
	}
	for _, srv := range s.servers {
		go func() {
			if err := srv.ActivateAndServe(); err != nil && ctx.Err() == nil {
				log.Error("names: serving ended", "err", err)
			}
		}()
	}
	context.AfterFunc(ctx, s.Close)
	return s, nil
}

// freebind allows an address that the host does not have yet.
func freebind(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_IP, syscall.IP_FREEBIND, 1)
	}); e != nil {
		return e
	}
	return err
}

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// SetZone replaces all names.
func (s *Server) SetZone(z Zone) { s.zone.Store(newIndex(z)) }

// Close ends the server; questions that are being answered are dropped.
func (s *Server) Close() {
	for _, srv := range s.servers {
		if srv.PacketConn != nil {
			_ = srv.PacketConn.Close()
		}
		if srv.Listener != nil {
			_ = srv.Listener.Close()
		}
	}
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	network := w.RemoteAddr().Network()
	r := new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
	if err := rescue.Do(func() error { r = s.reply(q, network); return nil }); err != nil {
		s.log.Error("names: question not answered", "error", err) // and all others are
	}
	if network == "udp" {
		size := dns.MinMsgSize
		if o := q.IsEdns0(); o != nil {
			size = max(size, min(int(o.UDPSize()), 1232))
		}
		r.Truncate(size)
	}
	_ = w.WriteMsg(r)
}

func (s *Server) reply(q *dns.Msg, network string) *dns.Msg {
	r := new(dns.Msg).SetReply(q)
	r.RecursionAvailable = true
	if o := q.IsEdns0(); o != nil {
		r.SetEdns0(1232, o.Do())
	}
	if q.Opcode != dns.OpcodeQuery || len(q.Question) != 1 {
		return r.SetRcode(q, dns.RcodeNotImplemented)
	}
	x := s.zone.Load()
	if x == nil {
		return r.SetRcode(q, dns.RcodeServerFailure)
	}
	r.Compress = true
	follow, ours := x.answer(r, q.Question[0])
	if ours && follow == "" {
		return r
	}
	outside := q.Copy()
	if follow != "" {
		outside = new(dns.Msg).SetQuestion(follow, q.Question[0].Qtype)
	}
	a := s.forward(x, outside, network)
	if a == nil {
		if follow != "" {
			return r // the alias is true whoever answers for its target
		}
		return r.SetRcode(q, dns.RcodeServerFailure)
	}
	if follow != "" {
		r.Answer = append(r.Answer, a.Answer...)
		r.Authoritative = false
		return r
	}
	a.Id = q.Id
	a.Compress = true
	return a
}

// forward asks outside; nil says that there was no answer.
func (s *Server) forward(x *index, q *dns.Msg, network string) *dns.Msg {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		return nil
	}
	servers := x.Upstream
	if len(servers) == 0 {
		servers = s.upstream.list()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	a, err := exchange(ctx, servers, q, network)
	if err != nil {
		s.log.Debug("names: nobody answered", "name", q.Question[0].Name, "err", err)
		return nil
	}
	return a
}
