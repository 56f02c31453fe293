package network

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/home"
)

func TestARestartDisturbsNoConnection(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	svc := h.service("api", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeLoadBalancer }, a)
	h.settle()
	kept, err := h.dial(h.out(), "tcp", at(hostIP, 80), time.Second)
	must(t, err)
	defer kept.Close()
	stop, failed := make(chan struct{}), make(chan error, 100)
	var load sync.WaitGroup
	for _, from := range []struct {
		place
		to string
	}{{h.out(), at(hostIP, 80)}, {b, at(svc.Spec.ClusterIP, 80)}, {h.here(), at(localhost, 80)}} {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := h.ask(from.place, "tcp", from.to, 3*time.Second); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for range 3 {
		h.halt()
		h.net.Close()
		if who, _, err := say(kept, time.Second); who != "a" {
			t.Errorf("without an engine the connection is answered by %q: %v", who, err)
		}
		h.start()
	}
	close(stop)
	load.Wait()
	close(failed)
	for err := range failed {
		t.Errorf("a new connection failed: %v", err)
	}
	if who, _, err := say(kept, time.Second); who != "a" {
		t.Errorf("after restarts the connection is answered by %q: %v", who, err)
	}
	if got := h.net.Attached(); len(got) != 2 {
		t.Errorf("attached: %v, want the two pods", got)
	}
	again, err := h.net.Attach(context.Background(), a.pod)
	must(t, err)
	if again.IP != a.ip {
		t.Errorf("the pod's address is %s, was %s", again.IP, a.ip)
	}
}

func TestWhatAnotherProgramFlushedIsMadeAgain(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	svc := h.service("api", nil, a)
	h.settle()
	c, err := nftables.New()
	must(t, err)
	c.FlushRuleset()
	must(t, c.Flush())
	h.silent(h.here(), "tcp", at(svc.Spec.ClusterIP, 80))
	h.halt()
	h.net.watchTable()
	ctx, cancel := context.WithCancel(context.Background())
	h.stop, h.done = cancel, make(chan struct{})
	go func() { defer close(h.done); _ = h.net.Run(ctx) }()
	h.settle()
	h.expect(h.here(), "tcp", at(svc.Spec.ClusterIP, 80), "a", "")
}

func TestRoutesThatAnotherProgramRemovedAreMadeAgain(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	svc := h.service("api", nil, a)
	h.settle()
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
	must(t, err)
	for _, r := range routes {
		must(t, netlink.RouteDel(&r))
	}
	h.silent(b, "tcp", at(svc.Spec.ClusterIP, 80))
	h.net.watchRoutes()
	h.expect(b, "tcp", at(svc.Spec.ClusterIP, 80), "a", "")
	h.expect(h.here(), "tcp", at(svc.Spec.ClusterIP, 80), "a", "")
	h.halt()
	h.net.Close()
	for _, r := range routes {
		must(t, netlink.RouteDel(&r))
	}
	h.start() // a new engine keeps the namespaces, in which containers run
	h.expect(b, "tcp", at(svc.Spec.ClusterIP, 80), "a", "")
}

func TestWhatACrashLeftHalfMadeIsRemoved(t *testing.T) {
	h := newHost(t)
	a := h.run(newPod("shop", "a"))
	b := h.run(newPod("shop", "b"))
	h.halt()
	link, err := netlink.LinkByName(h.net.link(a.ip))
	must(t, err)
	must(t, netlink.LinkDel(link))
	must(t, os.WriteFile(h.net.namespaces()+"/10.221.9.9-of-before-the-reboot", nil, 0o600))
	h.net.Close()
	h.start()
	if got := h.net.Attached(); len(got) != 1 || got[0] != b.pod.UID {
		t.Errorf("attached: %v, want %s alone", got, b.pod.UID)
	}
	files, err := os.ReadDir(h.net.namespaces())
	must(t, err)
	if len(files) != 1 {
		t.Errorf("namespaces left: %v", files)
	}
}

func TestTeardownLeavesNothing(t *testing.T) {
	before := kernelState(t)
	h := &host{TB: t}
	t.Run("while it runs", func(t *testing.T) {
		h = newHost(t)
		a := h.run(newPod("shop", "a"))
		h.service("api", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeLoadBalancer }, a)
		h.settle()
	})
	if after := kernelState(t); after != before {
		t.Errorf("left in the kernel:\n%s\nwas:\n%s", after, before)
	}
	if files, err := os.ReadDir(h.net.namespaces()); err == nil && len(files) > 0 {
		t.Errorf("namespaces left: %v", files)
	}
	l, err := net.Listen("tcp4", ":80")
	if err != nil {
		t.Errorf("a port is still held: %v", err)
	} else {
		_ = l.Close()
	}
}

func kernelState(t *testing.T) string {
	t.Helper()
	var out []string
	links, err := netlink.LinkList()
	must(t, err)
	for _, l := range links {
		out = append(out, "link "+l.Attrs().Name)
	}
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	must(t, err)
	for _, r := range routes {
		out = append(out, "route "+r.String())
	}
	c, err := nftables.New()
	must(t, err)
	tables, err := c.ListTables()
	must(t, err)
	for _, table := range tables {
		out = append(out, "table "+table.Name)
	}
	return strings.Join(out, "\n")
}

func TestTwoEnginesShareAMachine(t *testing.T) {
	one, two := newHost(t), &host{}
	dir := t.TempDir()
	*two = host{TB: t, store: one.store, home: home.Dir{Root: dir, Run: dir + "/run"}, outside: one.outside}
	two.store = newStore()
	two.start()
	t.Cleanup(func() { two.halt(); must(t, two.net.Teardown(context.Background())) })
	if one.net.PodCIDR().Overlaps(two.net.PodCIDR()) || one.net.ServiceCIDR().Overlaps(two.net.ServiceCIDR()) {
		t.Fatalf("both have %s and %s", one.net.PodCIDR(), one.net.ServiceCIDR())
	}
	for _, h := range []*host{one, two} {
		a := h.serve(h.run(newPod("shop", "a")), 8080)
		b := h.run(newPod("shop", "b"))
		svc := h.service("api", nil, a)
		h.settle()
		h.expect(b, "tcp", at(svc.Spec.ClusterIP, 80), "a", b.ip.String())
		h.expect(h.here(), "tcp", at(svc.Spec.ClusterIP, 80), "a", "")
	}
	must(t, one.net.Detach(context.Background(), one.net.Attached()[0]))
	one.settle()
}

func TestAddressesAreNotUsedAgainAtOnce(t *testing.T) {
	h := newHost(t)
	seen := map[string]types.UID{}
	for i := range 5 {
		pod := h.create(newPod("shop", "a"))
		got, err := h.net.Attach(context.Background(), pod)
		must(t, err)
		if who, used := seen[got.IP.String()]; used {
			t.Errorf("round %d: %s was %s's", i, got.IP, who)
		}
		seen[got.IP.String()] = pod.UID
		must(t, h.net.Detach(context.Background(), pod.UID))
		h.remove(pod)
	}
}

func TestAFullRangeIsSaid(t *testing.T) {
	h := newHost(t)
	h.net.pods = netipPrefix("10.221.0.0/29")
	var err error
	for range 10 {
		pod := h.create(newPod("shop", "", func(p *corev1.Pod) { p.GenerateName = "a-" }))
		if _, err = h.net.Attach(context.Background(), pod); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrNoAddress) {
		t.Errorf("error is %v, want %v", err, ErrNoAddress)
	}
}
