package dns

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	recheck  = 2 * time.Second // how often resolv.conf is looked at, when there are questions
	patience = 3 * time.Second // with one nameserver
)

// ErrNoUpstream says that nobody can be asked for names outside the cluster.
var ErrNoUpstream = errors.New("no nameserver in resolv.conf")

// upstreams are the nameservers of the host.
type upstreams struct {
	file string
	self netip.AddrPort // never asked

	mu      sync.Mutex
	looked  time.Time
	changed time.Time
	servers []string
}

func (u *upstreams) list() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if time.Since(u.looked) < recheck {
		return u.servers
	}
	u.looked = time.Now()
	st, err := os.Stat(u.file)
	if err != nil || st.ModTime().Equal(u.changed) {
		return u.servers
	}
	data, err := os.ReadFile(u.file)
	if err != nil {
		return u.servers
	}
	u.changed = st.ModTime()
	u.servers = u.servers[:0:0]
	for _, line := range strings.Split(string(data), "\n") {
		w := strings.Fields(line)
		if len(w) < 2 || w[0] != "nameserver" {
			continue
		}
		ip, err := netip.ParseAddr(w[1])
		if err != nil || ip == u.self.Addr() {
			continue
		}
		u.servers = append(u.servers, netip.AddrPortFrom(ip, 53).String())
	}
	return u.servers
}

// exchange puts a question to one nameserver after the other, by the way that it came, and by TCP if the answer is cut.
func exchange(ctx context.Context, servers []string, q *dns.Msg, network string) (*dns.Msg, error) {
	err := ErrNoUpstream
	for _, s := range servers {
		c := &dns.Client{Net: network, Timeout: patience, UDPSize: dns.MaxMsgSize}
		var r *dns.Msg
		if r, _, err = c.ExchangeContext(ctx, q, s); err != nil {
			continue
		}
		if r.Truncated && network == "udp" {
			c.Net = "tcp"
			if whole, _, err := c.ExchangeContext(ctx, q, s); err == nil {
				r = whole
			}
		}
		if r.Rcode == dns.RcodeServerFailure || r.Rcode == dns.RcodeRefused {
			err = errors.New(dns.RcodeToString[r.Rcode])
			continue
		}
		return r, nil
	}
	return nil, err
}
