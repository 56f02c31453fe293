package network

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/network/rules"
)

// hostPort is a port of the host that leads into a pod. The zero IP is any address of the host.
type hostPort struct {
	proto corev1.Protocol
	ip    netip.Addr
	port  uint16
}

// holder keeps ports of the host bound, so that no other program takes one whose connections go to a pod. The
// sockets only bind: they see no packet that the rules send on, and refuse what comes when there are no rules.
type holder struct {
	mu     sync.Mutex
	held   map[hostPort][]int // sockets
	except netip.Addr         // an address of the host that is not ours to give: the nameserver's
	health *healthChecks
}

func newHolder(except netip.Addr) *holder {
	return &holder{except: except, held: map[hostPort][]int{}, health: newHealthChecks()}
}

// keep holds exactly the given ports, as far as they can be had.
func (h *holder) keep(want map[hostPort]string, log *slog.Logger) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, socks := range h.held {
		if _, ok := want[p]; !ok {
			closeAll(socks)
			delete(h.held, p)
		}
	}
	for p, who := range want {
		if _, ok := h.held[p]; ok {
			continue
		}
		socks, err := h.bind(p)
		if err != nil {
			log.Warn("network: a port of the host is another program's too; its connections go to the pods", "port", p.port, "protocol", p.proto, "for", who, "err", err)
		}
		h.held[p] = socks
	}
}

// try tells whether a port could be held; one that we hold already can.
func (h *holder) try(p hostPort) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if socks, ok := h.held[p]; ok && len(socks) > 0 {
		return nil
	}
	socks, err := h.bind(p)
	closeAll(socks)
	return err
}

func (h *holder) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, socks := range h.held {
		closeAll(socks)
		delete(h.held, p)
	}
	h.health.stop()
}

func closeAll(socks []int) {
	for _, s := range socks {
		_ = unix.Close(s)
	}
}

// bind binds a port on 127.0.0.1 and on every other address of the host, or on the one that is named. A program that
// listens on any address of the host or all of them is in the way; one on another loopback address is not.
func (h *holder) bind(p hostPort) ([]int, error) {
	addrs := []netip.Addr{p.ip}
	if !p.ip.IsValid() {
		addrs = slices.DeleteFunc(hostAddresses(), func(a netip.Addr) bool { return a == h.except })
	}
	typ, proto := unix.SOCK_STREAM, 0
	switch p.proto {
	case corev1.ProtocolUDP:
		typ = unix.SOCK_DGRAM
	case corev1.ProtocolSCTP:
		typ, proto = unix.SOCK_STREAM, int(rules.Number(corev1.ProtocolSCTP))
	}
	var socks []int
	for _, a := range addrs {
		s, err := bindOne(typ, proto, a, p.port)
		if err != nil {
			closeAll(socks)
			return nil, err
		}
		if s >= 0 {
			socks = append(socks, s)
		}
	}
	return socks, nil
}

func bindOne(typ, proto int, a netip.Addr, port uint16) (int, error) {
	s, err := unix.Socket(unix.AF_INET, typ|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ESOCKTNOSUPPORT) {
			return -1, nil // a kernel without SCTP: nobody can have the port
		}
		return -1, err
	}
	if typ == unix.SOCK_STREAM {
		// Connections of before that linger in TIME_WAIT are not in the way; with the option off again, others are.
		_ = unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	}
	if err := unix.Bind(s, &unix.SockaddrInet4{Port: int(port), Addr: a.As4()}); err != nil {
		_ = unix.Close(s)
		if errors.Is(err, unix.EADDRNOTAVAIL) {
			return -1, nil
		}
		return -1, err
	}
	_ = unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_REUSEADDR, 0)
	return s, nil
}
