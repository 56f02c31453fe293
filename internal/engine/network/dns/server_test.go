package dns

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"testing"

	mdns "github.com/miekg/dns"
)

// freePort is a port of loopback that both protocols can have.
func freePort(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String())
}

func serve(t *testing.T, z Zone) netip.AddrPort {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	addr := freePort(t)
	s, err := Serve(ctx, addr, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.SetZone(z)
	return addr
}

func ask(t *testing.T, server netip.AddrPort, network, name string, kind uint16) *mdns.Msg {
	t.Helper()
	client := mdns.Client{Net: network}
	m, _, err := client.Exchange(new(mdns.Msg).SetQuestion(mdns.Fqdn(name), kind), server.String())
	if err != nil {
		t.Fatalf("%s over %s: %v", name, network, err)
	}
	return m
}

func TestNamesAreAnsweredAsKubernetesDoes(t *testing.T) {
	upstream := serve(t, Zone{Domain: "example.org", Hosts: map[string][]netip.Addr{"www.example.org": {netip.MustParseAddr("192.0.2.7")}}})
	server := serve(t, Zone{
		Domain: "cluster.local",
		Hosts: map[string][]netip.Addr{
			"db.shop.svc.cluster.local":         {netip.MustParseAddr("10.1.0.9")},
			"peers.shop.svc.cluster.local":      {netip.MustParseAddr("10.2.0.1"), netip.MustParseAddr("10.2.0.2")},
			"db-0.peers.shop.svc.cluster.local": {netip.MustParseAddr("10.2.0.1")},
		},
		Aliases:  map[string]string{"out.shop.svc.cluster.local": "www.example.org"},
		Services: map[string][]SRV{"_sql._tcp.db.shop.svc.cluster.local": {{Target: "db.shop.svc.cluster.local", Port: 3306}}},
		Pointers: map[netip.Addr]string{netip.MustParseAddr("10.1.0.9"): "db.shop.svc.cluster.local"},
		Upstream: []string{upstream.String()},
	})
	for _, c := range []struct {
		name    string
		kind    uint16
		code    int
		answers int
		last    string
	}{
		{"db.shop.svc.cluster.local", mdns.TypeA, mdns.RcodeSuccess, 1, "10.1.0.9"},
		{"DB.Shop.svc.cluster.local", mdns.TypeA, mdns.RcodeSuccess, 1, "10.1.0.9"},
		{"db.shop.svc.cluster.local", mdns.TypeAAAA, mdns.RcodeSuccess, 0, ""},
		{"peers.shop.svc.cluster.local", mdns.TypeA, mdns.RcodeSuccess, 2, ""},
		{"db-0.peers.shop.svc.cluster.local", mdns.TypeA, mdns.RcodeSuccess, 1, "10.2.0.1"},
		{"none.shop.svc.cluster.local", mdns.TypeA, mdns.RcodeNameError, 0, ""},
		{"shop.svc.cluster.local", mdns.TypeA, mdns.RcodeSuccess, 0, ""},
		{"_sql._tcp.db.shop.svc.cluster.local", mdns.TypeSRV, mdns.RcodeSuccess, 1, "0 100 3306 db.shop.svc.cluster.local."},
		{"9.0.1.10.in-addr.arpa", mdns.TypePTR, mdns.RcodeSuccess, 1, "db.shop.svc.cluster.local."},
		{"out.shop.svc.cluster.local", mdns.TypeA, mdns.RcodeSuccess, 2, "192.0.2.7"},
		{"www.example.org", mdns.TypeA, mdns.RcodeSuccess, 1, "192.0.2.7"},
	} {
		for _, network := range []string{"udp", "tcp"} {
			m := ask(t, server, network, c.name, c.kind)
			if m.Rcode != c.code || len(m.Answer) != c.answers {
				t.Errorf("%s %s over %s: %s with %d answers", c.name, mdns.TypeToString[c.kind], network, mdns.RcodeToString[m.Rcode], len(m.Answer))
				continue
			}
			if c.last != "" {
				rr := m.Answer[c.answers-1]
				if got := rr.String()[len(rr.Header().String()):]; got != c.last {
					t.Errorf("%s %s over %s: %s, %s expected", c.name, mdns.TypeToString[c.kind], network, got, c.last)
				}
			}
		}
	}
}

func TestWhatNobodyAnswersFailsAndDoesNotHang(t *testing.T) {
	server := serve(t, Zone{Domain: "cluster.local", Upstream: []string{freePort(t).String()}})
	if m := ask(t, server, "udp", "www.example.org", mdns.TypeA); m.Rcode != mdns.RcodeServerFailure {
		t.Errorf("answer is %s", mdns.RcodeToString[m.Rcode])
	}
}

func TestALongAnswerIsCutOverUDPAndWholeOverTCP(t *testing.T) {
	var many []netip.Addr
	for i := range 200 {
		many = append(many, netip.AddrFrom4([4]byte{10, 2, 1, byte(i)}))
	}
	server := serve(t, Zone{Domain: "cluster.local", Hosts: map[string][]netip.Addr{"many.cluster.local": many}})
	if m := ask(t, server, "udp", "many.cluster.local", mdns.TypeA); !m.Truncated {
		t.Error("the answer over UDP does not say that it is cut")
	}
	if m := ask(t, server, "tcp", "many.cluster.local", mdns.TypeA); len(m.Answer) != 200 {
		t.Errorf("%d answers over TCP", len(m.Answer))
	}
}

func FuzzNoQuestionStopsTheServer(f *testing.F) {
	f.Add("db.shop.svc.cluster.local.", uint16(1))
	f.Add("1.2.3.4.in-addr.arpa.", uint16(12))
	z := newIndex(Zone{Domain: "cluster.local", Hosts: map[string][]netip.Addr{"db.shop.svc.cluster.local": {netip.MustParseAddr("10.1.0.9")}}})
	f.Fuzz(func(_ *testing.T, name string, kind uint16) {
		z.answer(new(mdns.Msg), mdns.Question{Name: name, Qtype: kind, Qclass: mdns.ClassINET})
	})
}
