package dns

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
)

func TestUpstreamServersAreThoseOfResolvConfWithoutOneself(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	u := &upstreams{file: file, self: netip.MustParseAddrPort("10.222.0.10:53")}
	write := func(text string, age time.Duration) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
		u.looked = time.Time{} // as if some time had passed
	}
	if got := u.list(); len(got) != 0 {
		t.Errorf("without a file: %v", got)
	}
	write("# comment\nsearch example.org\nnameserver 10.222.0.10\nnameserver 192.0.2.1\nnameserver nonsense\nnameserver fd00::1\n", time.Hour)
	if got := u.list(); !slices.Equal(got, []string{"192.0.2.1:53", "[fd00::1]:53"}) {
		t.Errorf("servers are %v", got)
	}
	write("nameserver 192.0.2.2\n", time.Minute)
	if got := u.list(); !slices.Equal(got, []string{"192.0.2.2:53"}) {
		t.Errorf("after a change: %v", got)
	}
}

func TestNothingIsSaidAboutNamesBeforeTheyAreKnown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := Serve(ctx, freePort(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if m := ask(t, s.Addr(), "udp", "db.shop.svc.cluster.local", mdns.TypeA); m.Rcode != mdns.RcodeServerFailure {
		t.Errorf("answer is %s", mdns.RcodeToString[m.Rcode])
	}
	s.SetZone(Zone{Domain: "cluster.local"})
	if m := ask(t, s.Addr(), "udp", "db.shop.svc.cluster.local", mdns.TypeA); m.Rcode != mdns.RcodeNameError || len(m.Ns) != 1 {
		t.Errorf("of an empty zone the answer is %s with %d authorities", mdns.RcodeToString[m.Rcode], len(m.Ns))
	}
	if m := ask(t, s.Addr(), "udp", "10-221-0-5.shop.pod.cluster.local", mdns.TypeA); len(m.Answer) != 1 {
		t.Errorf("a pod's name by its address: %v", m)
	}
}
