package network

import (
	"context"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func TestPodsReachEachOtherAndTheWorldOutside(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.serve(h.run(newPod("shop", "b")), 8080)
	h.serve(h.out(), 9000)
	h.serve(h.here(), 9001)
	for _, network := range []string{"tcp", "udp"} {
		h.expect(a, network, at(b.ip, 8080), "b", a.ip.String())
		h.expect(h.here(), network, at(b.ip, 8080), "b", hostIP.String())
		h.expect(a, network, at(outsideIP, 9000), "outside", hostIP.String())
		h.expect(a, network, at(hostIP, 9001), "host", a.ip.String())
	}
	h.expect(a, "tcp", at(h.net.NodeAddress(), 9001), "host", a.ip.String())
	h.refused(a, "tcp", at(b.ip, 81))
}

func TestAServiceIsReachedByEveryAddressThatItHas(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	svc := h.service("api", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeLoadBalancer }, a)
	h.settle()
	node := int(svc.Spec.Ports[0].NodePort)
	self := h.net.NodeAddress().String()
	for _, network := range []string{"tcp", "udp"} {
		h.expect(b, network, at(svc.Spec.ClusterIP, 80), "a", b.ip.String())
		h.expect(h.here(), network, at(svc.Spec.ClusterIP, 80), "a", self)
		for _, port := range []int{80, node} {
			h.expect(h.out(), network, at(hostIP, port), "a", outsideIP.String())
			h.expect(h.here(), network, at(hostIP, port), "a", hostIP.String())
			h.expect(h.here(), network, at(localhost, port), "a", self)
			h.expect(b, network, at(hostIP, port), "a", b.ip.String())
		}
		// A pod that reaches itself through a Service sees another source, or it could not answer.
		h.expect(a, network, at(svc.Spec.ClusterIP, 80), "a", self)
		h.expect(a, network, at(hostIP, 80), "a", self)
	}
}

func TestAServiceWithoutEndpointsRefusesAtOnce(t *testing.T) {
	h := newHost(t)
	a := h.run(newPod("shop", "a"))
	svc := h.service("api", func(s *corev1.Service) {
		s.Spec.Type = corev1.ServiceTypeLoadBalancer
		s.Spec.ExternalIPs = []string{"203.0.113.9"}
	})
	h.settle()
	node := int(svc.Spec.Ports[0].NodePort)
	for _, network := range []string{"tcp", "udp"} {
		for _, from := range []place{a, h.here()} {
			h.refused(from, network, at(svc.Spec.ClusterIP, 80))
			h.refused(from, network, at(svc.Spec.ClusterIP, 81))
			h.refused(from, network, at("203.0.113.9", 80))
			h.refused(from, network, at(hostIP, node))
			h.refused(from, network, at(hostIP, 80))
		}
		h.refused(h.here(), network, at(localhost, node))
		h.refused(h.out(), network, at(hostIP, node))
		h.refused(h.out(), network, at(hostIP, 80))
	}
}

func TestAConnectionToAPodThatIsGoneFailsAtOnce(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.run(newPod("shop", "b"))
	svc := h.service("api", nil, a)
	h.settle()
	c, err := h.dial(b, "tcp", at(svc.Spec.ClusterIP, 80), time.Second)
	must(t, err)
	defer c.Close()
	if _, _, err := say(c, time.Second); err != nil {
		t.Fatal(err)
	}
	must(t, h.net.Detach(context.Background(), a.pod.UID))
	h.settle()
	h.net.background.Wait()
	if _, _, err := say(c, 3*time.Second); err == nil || os.IsTimeout(err) {
		t.Errorf("a connection to the pod that is gone: %v, want an error at once", err)
	}
	h.refused(b, "tcp", at(svc.Spec.ClusterIP, 80))
	h.refused(b, "tcp", at(a.ip, 8080))
	h.refused(h.here(), "tcp", at(a.ip, 8080))
}

func TestConnectionsAreSpreadOverReadyEndpoints(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.serve(h.run(newPod("shop", "b")), 8080)
	c := h.serve(h.run(newPod("shop", "c")), 8080)
	svc := h.service("api", nil)
	for _, tc := range []struct {
		name string
		ends []discoveryv1.Endpoint
		want string
	}{
		{"all that are ready", []discoveryv1.Endpoint{endpointFor(a, true, true, false), endpointFor(b, true, true, false), endpointFor(c, false, false, false)}, "a b"},
		{"the ready one alone while another ends", []discoveryv1.Endpoint{endpointFor(a, true, true, false), endpointFor(b, false, true, true)}, "a"},
		{"those that end, if they serve and none is ready", []discoveryv1.Endpoint{endpointFor(a, false, false, false), endpointFor(b, false, true, true), endpointFor(c, false, false, true)}, "b"},
	} {
		h.ends(svc, tc.ends...)
		if got := h.whoAnswers(h.here(), at(svc.Spec.ClusterIP, 80), 30); got != tc.want {
			t.Errorf("%s: answered by %q, want %q", tc.name, got, tc.want)
		}
	}
}

// whoAnswers lists those who answered some connections, sorted.
func (h *host) whoAnswers(p place, to string, times int) string {
	h.Helper()
	seen := map[string]bool{}
	for range times {
		who, _, err := h.ask(p, "tcp", to, 3*time.Second)
		must(h, err)
		seen[who] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(seen)), " ")
}

func TestAClientStaysWithItsEndpointWhereTheServiceSaysSo(t *testing.T) {
	h := newHost(t)
	var ends []place
	for _, name := range []string{"a", "b", "c", "d"} {
		ends = append(ends, h.serve(h.run(newPod("shop", name)), 8080))
	}
	client := h.run(newPod("shop", "client"))
	svc := h.service("api", func(s *corev1.Service) { s.Spec.SessionAffinity = corev1.ServiceAffinityClientIP }, ends...)
	h.settle()
	to := at(svc.Spec.ClusterIP, 80)
	first := h.whoAnswers(client, to, 20)
	if len(first) != 1 {
		t.Fatalf("one client was answered by %s", first)
	}
	h.halt()
	h.start()
	if got := h.whoAnswers(client, to, 20); got != first {
		t.Errorf("after a restart the client is answered by %s, was %s", got, first)
	}
	var left []discoveryv1.Endpoint
	for _, e := range ends {
		if e.name != first {
			left = append(left, endpointFor(e, true, true, false))
		}
	}
	h.ends(svc, left...)
	if got := h.whoAnswers(client, to, 20); len(got) != 1 || got == first {
		t.Errorf("without its endpoint the client is answered by %q", got)
	}
}

func TestAUDPFlowFollowsItsService(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.serve(h.run(newPod("shop", "b")), 8080)
	svc := h.service("api", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort }, a)
	h.settle()
	for _, to := range []string{at(svc.Spec.ClusterIP, 80), at(hostIP, int(svc.Spec.Ports[1].NodePort))} {
		h.ends(svc, endpointFor(a, true, true, false))
		c, err := h.dial(h.here(), "udp", to, time.Second)
		must(t, err)
		defer c.Close()
		if who, _, err := say(c, time.Second); who != "a" {
			t.Fatalf("answered by %q (%v)", who, err)
		}
		h.ends(svc, endpointFor(b, true, true, false))
		var who string
		for range 50 { // the flow is forgotten right after the commit
			if who, _, err = say(c, time.Second); who == "b" {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if who != "b" {
			t.Errorf("%s: the same flow is answered by %q (%v), want b", to, who, err)
		}
	}
}

func TestAHostPortLeadsToItsPod(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a", func(p *corev1.Pod) {
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{
			{ContainerPort: 8080, HostPort: 7000}, {ContainerPort: 8080, HostPort: 7000, Protocol: corev1.ProtocolUDP},
			{ContainerPort: 8080, HostPort: 7001, HostIP: "127.0.0.1"}}
	})), 8080)
	h.settle()
	for _, network := range []string{"tcp", "udp"} {
		h.expect(h.out(), network, at(hostIP, 7000), "a", outsideIP.String())
		h.expect(h.here(), network, at(localhost, 7000), "a", "")
		h.expect(a, network, at(hostIP, 7000), "a", "")
	}
	h.expect(h.here(), "tcp", at(localhost, 7001), "a", "")
	h.refused(h.out(), "tcp", at(hostIP, 7001))
	must(t, h.net.Detach(context.Background(), a.pod.UID))
	h.settle()
	h.refused(h.out(), "tcp", at(hostIP, 7000))
}

func TestOnlyTheRangesOfALoadBalancerMayUseIt(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	svc := h.service("api", func(s *corev1.Service) {
		s.Spec.Type = corev1.ServiceTypeLoadBalancer
		s.Spec.LoadBalancerSourceRanges = []string{"203.0.113.0/24"}
	}, a)
	h.settle()
	h.silent(h.out(), "tcp", at(hostIP, 80))
	h.expect(h.here(), "tcp", at(localhost, 80), "a", "")
	h.expect(h.out(), "tcp", at(hostIP, int(svc.Spec.Ports[0].NodePort)), "a", "")
	_, err := store.Modify(h.store, "shop", "api", func(s *corev1.Service) error {
		s.Spec.LoadBalancerSourceRanges = append(s.Spec.LoadBalancerSourceRanges, "198.51.100.0/24")
		return nil
	})
	must(t, err)
	h.settle()
	h.expect(h.out(), "tcp", at(hostIP, 80), "a", "")
}

func TestALoadBalancerShowsTheHostsAddress(t *testing.T) {
	h := newHost(t)
	h.service("api", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeLoadBalancer })
	h.settle()
	status := func() []corev1.LoadBalancerIngress {
		svc, err := store.Get[*corev1.Service](h.store, "shop", "api")
		must(t, err)
		return svc.Status.LoadBalancer.Ingress
	}
	if got := status(); len(got) != 1 || got[0].IP != hostIP.String() {
		t.Errorf("status is %v, want %s", got, hostIP)
	}
	_, err := store.Modify(h.store, "shop", "api", func(s *corev1.Service) error {
		s.Spec.Type = corev1.ServiceTypeClusterIP
		return nil
	})
	must(t, err)
	h.settle()
	if got := status(); len(got) != 0 {
		t.Errorf("status is %v after the Service became another type", got)
	}
}

func TestAHealthCheckSaysWhetherThereAreEndpoints(t *testing.T) {
	h := newHost(t)
	a := h.run(newPod("shop", "a"))
	svc := h.service("api", func(s *corev1.Service) {
		s.Spec.Type = corev1.ServiceTypeLoadBalancer
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	}, a)
	h.settle()
	url := "http://" + at(localhost, int(svc.Spec.HealthCheckNodePort))
	for _, tc := range []struct {
		ends []discoveryv1.Endpoint
		want int
	}{{[]discoveryv1.Endpoint{endpointFor(a, true, true, false)}, 200}, {nil, 503}} {
		h.ends(svc, tc.ends...)
		r, err := http.Get(url)
		must(t, err)
		_ = r.Body.Close()
		if r.StatusCode != tc.want {
			t.Errorf("with %d endpoints: %d, want %d", len(tc.ends), r.StatusCode, tc.want)
		}
	}
}

func TestAnEndpointSliceOfBeforeLeadsToNoOtherPod(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	other := a
	other.pod = a.pod.DeepCopy()
	other.pod.UID = "of-before"
	svc := h.service("api", nil, other)
	h.settle()
	h.refused(h.here(), "tcp", at(svc.Spec.ClusterIP, 80))
}
