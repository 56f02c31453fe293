package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/network/policytest"
)

// TestTheKernelHoldsEveryTable opens a connection between everybody for every table.
func TestTheKernelHoldsEveryTable(t *testing.T) {
	tables, err := policytest.Read("policy/testdata")
	if err != nil || len(tables) < 25 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	h := newHost(t)
	c := h.cast()
	for _, table := range tables {
		t.Run(table.Name, func(t *testing.T) {
			policies, err := table.Policies(c.addresses, h.net.PodCIDR())
			must(t, err)
			for _, p := range policies {
				_, err := store.Create(h.store, p)
				must(t, err)
			}
			h.settle()
			must(t, netlink.ConntrackTableFlush(netlink.ConntrackTable)) // a UDP port that comes again is no flow of before
			if d := cmp.Diff(table.Reach, c.draw(t)); d != "" {
				t.Errorf("the kernel (-want +got):\n%s", d)
			}
			for _, p := range policies {
				must(t, store.Delete[*networkingv1.NetworkPolicy](h.store, p.Namespace, p.Name, metav1.DeleteOptions{}))
			}
			h.settle()
		})
	}
}

type cast struct {
	*host
	places    map[string]place
	addresses map[string]netip.Addr
}

// cast makes the pods of the tables, with everything listening that is asked for.
func (h *host) cast() *cast {
	c := &cast{h, map[string]place{}, map[string]netip.Addr{}}
	for _, name := range policytest.Pods {
		ns, pod, _ := strings.Cut(name, "/")
		if pod == "a" {
			_, err := store.Create(h.store, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns, Labels: map[string]string{"ns": ns, corev1.LabelMetadataName: ns}}})
			must(h, err)
		}
		c.places[name] = h.serve(h.run(newPod(ns, pod, func(p *corev1.Pod) {
			p.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "serve-80-tcp", ContainerPort: 80, Protocol: corev1.ProtocolTCP},
				{Name: "serve-81-tcp", ContainerPort: 81, Protocol: corev1.ProtocolTCP}, {Name: "serve-80-udp", ContainerPort: 80, Protocol: corev1.ProtocolUDP}}
		})), 80, 81)
	}
	c.places["outside"], c.places["host"], c.places["gateway"] = h.serve(h.out(), 80, 81), h.here(), h.here()
	h.out().do(h, func() { // the machine outside reaches pods by the host, as a router would let it
		must(h, netlink.RouteAdd(&netlink.Route{Dst: ipnet(h.net.PodCIDR()), Gw: hostIP.AsSlice()}))
	})
	for name, p := range c.places {
		c.addresses[name] = p.ip
	}
	c.addresses["dns"] = h.net.DNS()
	names, err := net.ListenPacket("udp4", at(h.net.DNS(), 53))
	must(h, err)
	h.Cleanup(func() { _ = names.Close() })
	go func() {
		for b := make([]byte, 10); ; {
			_, from, err := names.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = names.WriteTo([]byte("dns\n"), from)
		}
	}()
	return c
}

// draw tries every connection of a table at the same time. One that is not answered soon is tried once more, with
// time, unless the whole table of its time was quiet: a loaded machine is not to look like a policy.
func (c *cast) draw(t *testing.T) string {
	type try struct {
		from, to string
		p        policytest.Probe
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	got := map[try]bool{}
	policytest.Write(func(from, to string, p policytest.Probe) bool {
		k := try{from, to, p}
		all.Go(func() {
			ok := c.passes(t, from, to, p)
			mu.Lock()
			defer mu.Unlock()
			got[k] = ok
		})
		return false
	})
	all.Wait()
	return policytest.Write(func(from, to string, p policytest.Probe) bool { return got[try{from, to, p}] })
}

func (c *cast) passes(t *testing.T, from, to string, p policytest.Probe) bool {
	network := strings.ToLower(string(p.Protocol))
	for range 2 {
		var conn net.Conn
		var err error
		d := net.Dialer{Timeout: short}
		if from == "gateway" {
			d.Control = markSocket
		}
		c.places[from].do(t, func() { conn, err = d.Dial(network, at(c.addresses[to], int(p.Port))) })
		if err == nil {
			_, _, err = say(conn, short)
			_ = conn.Close()
		}
		if err == nil {
			return true
		}
		if !os.IsTimeout(err) && !errors.Is(err, unix.EPERM) { // the host's own sockets are told of a drop
			t.Errorf("%s to %s at %s %d: %v, want silence or an answer", from, to, network, p.Port, err)
			return false
		}
	}
	return false
}

func TestAPolicyFollowsLabels(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	h.policy("friends", func(s *networkingv1.NetworkPolicySpec) {
		s.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"friend": "yes"}}}}}}
	})
	h.silent(b, "tcp", at(a.ip, 8080))
	label := func(v string) {
		_, err := store.Modify(h.store, "shop", "b", func(p *corev1.Pod) error { p.Labels["friend"] = v; return nil })
		must(t, err)
		h.settle()
	}
	label("yes")
	h.expect(b, "tcp", at(a.ip, 8080), "a", b.ip.String())
	label("no")
	h.silent(b, "tcp", at(a.ip, 8080))
}

func TestPoliciesJudgeBehindServices(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	svc := h.service("api", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort }, a)
	node := int(svc.Spec.Ports[0].NodePort)
	h.policy("outside", func(s *networkingv1.NetworkPolicySpec) {
		s.PodSelector = metav1.LabelSelector{MatchLabels: map[string]string{"pod": "a"}}
		s.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: outsideIP.String() + "/32"}}}}}
	})
	h.silent(b, "tcp", at(svc.Spec.ClusterIP, 80))
	h.silent(b, "tcp", at(hostIP, node))
	h.expect(h.out(), "tcp", at(hostIP, node), "a", outsideIP.String())
	h.expect(h.here(), "tcp", at(localhost, node), "a", "")
	h.expect(a, "tcp", at(svc.Spec.ClusterIP, 80), "a", "") // nobody can be kept from reaching itself
}

func TestManyPodsAndPoliciesAreOneBatch(t *testing.T) {
	h := newHost(t)
	h.manyServices(200, 5)
	before := h.commits()
	for i := range 50 {
		p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprint("p", i)}}
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: fmt.Sprintf("10.%d.0.0/16", i)}}}}}
		_, err := store.Create(h.store, p)
		must(t, err)
	}
	h.settle()
	time.Sleep(50 * time.Millisecond)
	if n := h.commits() - before; n > 15 {
		t.Errorf("%d commits for 50 policies made at once", n)
	}
}

func (h *host) commits() int {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	return h.net.commits
}
