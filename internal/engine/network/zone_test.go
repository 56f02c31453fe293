package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/network/dns"
)

func TestPodsLookUpNames(t *testing.T) {
	h := newHost(t)
	a := h.run(newPod("shop", "a"))
	b := h.run(newPod("shop", "b"))
	web := h.service("web", nil, a)
	peers := h.service("peers", func(s *corev1.Service) { s.Spec.ClusterIP = corev1.ClusterIPNone }, a, b)
	first, second := endpointFor(a, true, true, false), endpointFor(b, false, false, false)
	host := "db-0"
	first.Hostname = &host
	h.ends(peers, first, second)
	_, err := store.Create(h.store, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "out"},
		Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "web.shop.svc.cluster.local"}})
	must(t, err)
	h.settle()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server, err := dns.Serve(ctx, netip.AddrPortFrom(h.net.DNS(), 53), h.net.log)
	must(t, err)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if z := h.zone.Load(); z != nil && len(z.Aliases) == 1 {
			server.SetZone(*z)
			break
		}
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, at(h.net.DNS(), 53))
	}}
	look := func(name string) string {
		var addrs []netip.Addr
		var err error
		a.do(t, func() { addrs, err = lookup(resolver, name) })
		if err != nil {
			return "error"
		}
		return fmt.Sprint(addrs)
	}
	for name, want := range map[string]string{
		"web.shop.svc.cluster.local.":             "[" + web.Spec.ClusterIP + "]",
		"peers.shop.svc.cluster.local.":           "[" + a.ip.String() + "]",
		"db-0.peers.shop.svc.cluster.local.":      "[" + a.ip.String() + "]",
		"out.shop.svc.cluster.local.":             "[" + web.Spec.ClusterIP + "]",
		"nobody.shop.svc.cluster.local.":          "error",
		"kube-dns.kube-system.svc.cluster.local.": "[" + h.net.DNS().String() + "]",
	} {
		if got := look(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// lookup asks by one connection after the other, from the calling thread.
func lookup(r *net.Resolver, name string) ([]netip.Addr, error) {
	c, err := r.Dial(context.Background(), "udp4", "")
	if err != nil {
		return nil, err
	}
	one := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return c, nil }}
	addrs, err := one.LookupNetIP(context.Background(), "ip4", name)
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, err
}

func TestTheZoneSaysWhatKubernetesWould(t *testing.T) {
	h := newHost(t)
	a := h.run(newPod("shop", "a"))
	b := h.run(newPod("shop", "b"))
	web := h.service("web", nil, a)
	peers := h.service("peers", func(s *corev1.Service) { s.Spec.ClusterIP = corev1.ClusterIPNone })
	_, err := store.Modify(h.store, "shop", "peers-1", func(s *discoveryv1.EndpointSlice) error {
		host := "db-0"
		s.Endpoints = []discoveryv1.Endpoint{endpointFor(a, true, true, false), endpointFor(b, true, true, false)}
		s.Endpoints[0].Hostname = &host
		return nil
	})
	must(t, err)
	z := h.net.look().zone()
	base := "peers.shop.svc.cluster.local"
	dashed := strings.ReplaceAll(b.ip.String(), ".", "-") + "." + base
	if got := z.Hosts[base]; !slices.Equal(got, []netip.Addr{a.ip, b.ip}) {
		t.Errorf("%s: %v", base, got)
	}
	if z.Pointers[a.ip] != "db-0."+base || z.Pointers[b.ip] != dashed || z.Pointers[netip.MustParseAddr(web.Spec.ClusterIP)] != "web.shop.svc.cluster.local" {
		t.Errorf("pointers: %v", z.Pointers)
	}
	want := []dns.SRV{{Target: "db-0." + base, Port: 8080}, {Target: dashed, Port: 8080}}
	if got := z.Services["_tcp._tcp."+base]; !slices.Equal(got, want) {
		t.Errorf("SRV: %v, want %v", got, want)
	}
	if got := z.Services["_udp._udp.web.shop.svc.cluster.local"]; !slices.Equal(got, []dns.SRV{{Target: "web.shop.svc.cluster.local", Port: 80}}) {
		t.Errorf("SRV of a Service with an address: %v", got)
	}
	_ = peers
}
