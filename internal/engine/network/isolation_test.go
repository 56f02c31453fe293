package network

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func netipPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func newStore() *store.Store            { return store.New() }

func (h *host) policy(name string, change func(*networkingv1.NetworkPolicySpec)) {
	h.Helper()
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
	change(&p.Spec)
	_, err := store.Create(h.store, p)
	must(h, err)
	h.settle()
}

func (h *host) namespace(name string) {
	h.Helper()
	_, err := store.Create(h.store, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelMetadataName: name}}})
	must(h, err)
}

func TestANewPodWaitsUntilItIsKnownAndLosesNothing(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	h.halt() // nothing is committed any more
	b := h.run(newPod("shop", "b"))
	answered := make(chan error, 1)
	go func() {
		_, _, err := h.ask(b, "tcp", at(a.ip, 8080), 10*time.Second)
		answered <- err
	}()
	h.silent(a, "tcp", at(b.ip, 8080))
	select {
	case err := <-answered:
		t.Fatalf("a pod that no policy is in force for got through: %v", err)
	default:
	}
	h.net.Close()
	h.start()
	if err := <-answered; err != nil {
		t.Errorf("what the pod sent before it was known is lost: %v", err)
	}
}

func TestProbesOfTheHostPassAndTheGatewayIsJudged(t *testing.T) {
	h := newHost(t)
	h.namespace("shop")
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	gateway := func(want bool, when string) {
		t.Helper()
		d := net.Dialer{Timeout: short, Control: markSocket}
		c, err := d.Dial("tcp", at(a.ip, 8080))
		if err == nil {
			_ = c.Close()
		}
		if (err == nil) != want {
			t.Errorf("the gateway %s: %v", when, err)
		}
	}
	gateway(true, "without policies")
	h.policy("deny", func(s *networkingv1.NetworkPolicySpec) {
		s.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	})
	h.silent(b, "tcp", at(a.ip, 8080))
	h.expect(h.here(), "tcp", at(a.ip, 8080), "a", "")
	gateway(false, "where all is denied")
	h.policy("gateway", func(s *networkingv1.NetworkPolicySpec) {
		s.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: metav1.NamespaceSystem}}}}}}
	})
	gateway(true, "where kube-system is allowed")
	h.silent(b, "tcp", at(a.ip, 8080))
}

func TestAnEstablishedConnectionOutlivesAPolicy(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	c, err := h.dial(b, "tcp", at(a.ip, 8080), time.Second)
	must(t, err)
	defer c.Close()
	h.policy("deny", func(*networkingv1.NetworkPolicySpec) {})
	h.silent(b, "tcp", at(a.ip, 8080))
	if who, _, err := say(c, time.Second); who != "a" {
		t.Errorf("the connection of before: %v", err)
	}
}

func TestNobodyUsesAnothersAddressOrTheHostsLoopback(t *testing.T) {
	h := newHost(t)
	a := h.run(newPod("shop", "a"))
	b := h.run(newPod("shop", "b"))
	h.settle()
	heard := make(chan string, 10)
	var l net.PacketConn
	var err error
	b.do(t, func() { l, err = net.ListenPacket("udp4", ":9") })
	must(t, err)
	defer func() { _ = l.Close() }()
	go func() {
		for buf := make([]byte, 10); ; {
			n, from, err := l.ReadFrom(buf)
			if err != nil {
				return
			}
			heard <- string(buf[:n]) + " from " + hostOf(from)
		}
	}()
	forged := netip.MustParseAddr("203.0.113.7")
	a.do(t, func() {
		lo, err := netlink.LinkByName("lo")
		must(t, err)
		must(t, netlink.AddrAdd(lo, &netlink.Addr{IPNet: single(forged)}))
	})
	send := func(from netip.Addr, text string) {
		a.do(t, func() {
			d := net.Dialer{LocalAddr: &net.UDPAddr{IP: from.AsSlice()}}
			c, err := d.Dial("udp4", at(b.ip, 9))
			must(t, err)
			_, _ = c.Write([]byte(text))
			_ = c.Close()
		})
	}
	send(forged, "forged")
	send(a.ip, "true")
	if got, want := <-heard, "true from "+a.ip.String(); got != want {
		t.Errorf("heard %q, want %q alone", got, want)
	}

	// A pod with the right to change its routes sends to 127.0.0.1 by its veth.
	h.serve(h.here(), 9100)
	a.do(t, func() {
		must(t, sysctl("ipv4/conf/all/route_localnet", "1"))
		lo, err := netlink.LinkByName("lo")
		must(t, err)
		eth, err := netlink.LinkByName("eth0")
		must(t, err)
		must(t, netlink.RouteDel(&netlink.Route{Table: unix.RT_TABLE_LOCAL, Type: unix.RTN_LOCAL, Dst: single(localhost), LinkIndex: lo.Attrs().Index, Scope: unix.RT_SCOPE_HOST}))
		must(t, netlink.RouteDel(&netlink.Route{Table: unix.RT_TABLE_LOCAL, Type: unix.RTN_LOCAL, Dst: ipnet(loopback), LinkIndex: lo.Attrs().Index, Scope: unix.RT_SCOPE_HOST}))
		must(t, netlink.RouteAdd(&netlink.Route{Dst: ipnet(loopback), LinkIndex: eth.Attrs().Index, Gw: gateway.AsSlice(), Src: a.ip.AsSlice(), Flags: int(netlink.FLAG_ONLINK)}))
	})
	h.silent(a, "tcp", at(localhost, 9100))
}

func TestPodsHaveNoIPv6ButAtHome(t *testing.T) {
	h := newHost(t)
	a := h.run(newPod("shop", "a"))
	a.do(t, func() {
		addrs, err := netlink.AddrList(nil, netlink.FAMILY_V6)
		must(t, err)
		for _, addr := range addrs {
			if !addr.IP.IsLoopback() {
				t.Errorf("the pod has %s", addr.IP)
			}
		}
	})
	link, err := netlink.LinkByName(h.net.link(a.ip))
	must(t, err)
	addrs, err := netlink.AddrList(link, netlink.FAMILY_V6)
	must(t, err)
	if len(addrs) > 0 {
		t.Errorf("the host's end has %v", addrs)
	}
}
