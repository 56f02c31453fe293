package dns

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	mdns "github.com/miekg/dns"
	"golang.org/x/sys/unix"
)

// forwardTimeout is how long one upstream server is waited for before the next is asked.
const forwardTimeout = 2 * time.Second

// Server answers over UDP and TCP.
type Server struct {
	zone     atomic.Pointer[Zone]
	log      *slog.Logger
	udp, tcp *mdns.Server
}

// Serve listens on an address, also before a link has it, and answers until ctx ends. Until SetZone it fails all
// questions.
func Serve(ctx context.Context, addr netip.AddrPort, log *slog.Logger) (*Server, error) {
	free := net.ListenConfig{Control: freebind}
	packet, err := free.ListenPacket(ctx, "udp4", addr.String())
	if err != nil {
		return nil, fmt.Errorf("dns %s: %w", addr, err)
	}
	stream, err := free.Listen(ctx, "tcp4", addr.String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("dns %s: %w", addr, err), packet.Close())
	}
	s := &Server{log: log}
	s.udp = &mdns.Server{PacketConn: packet, Handler: s}
	s.tcp = &mdns.Server{Listener: stream, Handler: s}
	for _, server := range []*mdns.Server{s.udp, s.tcp} {
		go func() {
			if err := server.ActivateAndServe(); err != nil {
				log.Error("dns", "error", err)
			}
		}()
	}
	go func() {
		<-ctx.Done()
		_ = packet.Close()
		_ = stream.Close()
	}()
	return s, nil
}

// freebind lets the server listen before the engine has put its address on a link.
func freebind(_, _ string, c syscall.RawConn) error {
	var err error
	if cerr := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_IP, unix.IP_FREEBIND, 1) }); cerr != nil {
		return cerr
	}
	return err
}

// SetZone replaces everything that the server answers for.
func (s *Server) SetZone(z Zone) { s.zone.Store(&z) }

// ServeDNS answers one question.
func (s *Server) ServeDNS(w mdns.ResponseWriter, r *mdns.Msg) {
	m := s.answer(r, w.LocalAddr().Network())
	if w.LocalAddr().Network() == "udp" {
		size := mdns.MinMsgSize
		if opt := r.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
		m.Truncate(size)
	}
	_ = w.WriteMsg(m) // who asked asks again
}

func (s *Server) answer(r *mdns.Msg, network string) *mdns.Msg {
	m := new(mdns.Msg)
	z := s.zone.Load()
	if z == nil || len(r.Question) != 1 {
		return m.SetRcode(r, mdns.RcodeServerFailure)
	}
	answers, found, ours := z.lookup(r.Question[0])
	if !ours {
		return s.forward(z, r, network)
	}
	m.SetReply(r)
	m.Authoritative, m.RecursionAvailable, m.Answer = true, true, answers
	if len(answers) > 0 {
		if alias, ok := answers[0].(*mdns.CNAME); ok {
			s.follow(z, r, m, alias.Target, network)
		}
		return m
	}
	if !found {
		m.Rcode = mdns.RcodeNameError
	}
	m.Ns = []mdns.RR{&mdns.SOA{
		Hdr: mdns.RR_Header{Name: z.Domain + ".", Rrtype: mdns.TypeSOA, Class: mdns.ClassINET, Ttl: ttl},
		Ns:  "ns.dns." + z.Domain + ".", Mbox: "hostmaster." + z.Domain + ".", Serial: 1, Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: ttl,
	}}
	return m
}

// follow adds the addresses behind an alias, for clients that do not ask again.
func (s *Server) follow(z *Zone, r, m *mdns.Msg, target, network string) {
	q := r.Question[0]
	q.Name = target
	if answers, _, ours := z.lookup(q); ours {
		m.Answer = append(m.Answer, answers...)
		return
	}
	next := r.Copy()
	next.Question[0] = q
	m.Answer = append(m.Answer, s.forward(z, next, network).Answer...)
}

// forward asks the servers of this machine, one after the other.
func (s *Server) forward(z *Zone, r *mdns.Msg, network string) *mdns.Msg {
	client := mdns.Client{Net: network, Timeout: forwardTimeout}
	for _, server := range z.Upstream {
		m, _, err := client.Exchange(r, server)
		if err == nil {
			m.Id = r.Id
			return m
		}
		s.log.Debug("dns", "upstream", server, "error", err)
	}
	return new(mdns.Msg).SetRcode(r, mdns.RcodeServerFailure)
}
