package network

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func (h *host) newService(name string, change func(*corev1.ServiceSpec), opts ...store.Option) (*corev1.Service, error) {
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, Selector: map[string]string{"app": name}, Ports: []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP, Port: 80}}}}
	if change != nil {
		change(&svc.Spec)
	}
	return store.Create(h.store, svc, opts...)
}

func TestAServiceKeepsTheAddressThatItWasGiven(t *testing.T) {
	h := newHost(t)
	a, err := h.newService("a", nil)
	must(t, err)
	if a.Spec.ClusterIP == "" || len(a.Spec.ClusterIPs) != 1 || a.Spec.ClusterIPs[0] != a.Spec.ClusterIP ||
		len(a.Spec.IPFamilies) != 1 || a.Spec.IPFamilies[0] != corev1.IPv4Protocol || *a.Spec.IPFamilyPolicy != corev1.IPFamilyPolicySingleStack {
		t.Fatalf("spec is %+v", a.Spec)
	}
	replaced := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "a"}, Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Name: "http", Port: 80}, {Name: "udp", Port: 80, Protocol: corev1.ProtocolUDP}}}}
	b, err := store.Update(h.store, replaced)
	must(t, err)
	if b.Spec.ClusterIP != a.Spec.ClusterIP {
		t.Errorf("address is %s, was %s", b.Spec.ClusterIP, a.Spec.ClusterIP)
	}
	node := b.Spec.Ports[0].NodePort
	if node < firstNodePort || node > lastNodePort || b.Spec.Ports[1].NodePort != node {
		t.Errorf("node ports are %v", b.Spec.Ports)
	}
	replaced.Spec.Ports = append(replaced.Spec.Ports, corev1.ServicePort{Name: "more", Port: 90})
	c, err := store.Update(h.store, replaced)
	must(t, err)
	if c.Spec.Ports[0].NodePort != node || c.Spec.Ports[2].NodePort == 0 {
		t.Errorf("node ports are %v, the first was %d", c.Spec.Ports, node)
	}
	d, err := store.Modify(h.store, "shop", "a", func(s *corev1.Service) error { s.Spec.Type = corev1.ServiceTypeClusterIP; return nil })
	must(t, err)
	if d.Spec.Ports[0].NodePort != 0 || d.Spec.ClusterIP != a.Spec.ClusterIP {
		t.Errorf("as ClusterIP again: %+v", d.Spec)
	}
	e, err := store.Modify(h.store, "shop", "a", func(s *corev1.Service) error {
		s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, "example.org"
		return nil
	})
	must(t, err)
	if e.Spec.ClusterIP != "" || e.Spec.ClusterIPs != nil || e.Spec.IPFamilies != nil {
		t.Errorf("as ExternalName: %+v", e.Spec)
	}
}

func TestAFreedServiceAddressIsNotHadAgainAtOnce(t *testing.T) {
	h := newHost(t)
	seen := map[string]bool{}
	for range 5 {
		s, err := h.newService("a", nil)
		must(t, err)
		if seen[s.Spec.ClusterIP] {
			t.Errorf("%s again", s.Spec.ClusterIP)
		}
		seen[s.Spec.ClusterIP] = true
		must(t, store.Delete[*corev1.Service](h.store, "shop", "a", metav1.DeleteOptions{}))
	}
}

func TestHeadlessServicesHaveNoAddress(t *testing.T) {
	h := newHost(t)
	s, err := h.newService("a", func(s *corev1.ServiceSpec) { s.ClusterIP = corev1.ClusterIPNone })
	must(t, err)
	if s.Spec.ClusterIPs[0] != corev1.ClusterIPNone || len(s.Spec.IPFamilies) != 1 {
		t.Errorf("spec is %+v", s.Spec)
	}
	s, err = h.newService("b", func(s *corev1.ServiceSpec) { s.ClusterIP, s.Selector = corev1.ClusterIPNone, nil })
	must(t, err)
	if len(s.Spec.IPFamilies) != 2 || *s.Spec.IPFamilyPolicy != corev1.IPFamilyPolicyRequireDualStack {
		t.Errorf("without selector: %+v", s.Spec)
	}
}

func TestWhatCannotBeGivenIsRefusedByName(t *testing.T) {
	h := newHost(t)
	taken, err := h.newService("taken", func(s *corev1.ServiceSpec) {
		s.Type, s.Ports[0].NodePort = corev1.ServiceTypeLoadBalancer, 30123
	})
	must(t, err)
	other, err := net.Listen("tcp4", "0.0.0.0:7070")
	must(t, err)
	defer other.Close()
	me := fmt.Sprintf("taken by process %d (network.test)", os.Getpid())
	dual := corev1.IPFamilyPolicyRequireDualStack
	for _, tc := range []struct {
		name   string
		change func(*corev1.ServiceSpec)
		want   string
	}{
		{"an address of another range", func(s *corev1.ServiceSpec) { s.ClusterIP = "192.0.2.1" }, "not in the valid range"},
		{"an address of another Service", func(s *corev1.ServiceSpec) { s.ClusterIP = taken.Spec.ClusterIP }, "already allocated to service shop/taken"},
		{"IPv6", func(s *corev1.ServiceSpec) { s.IPFamilies = []corev1.IPFamily{corev1.IPv6Protocol} }, "not configured on this cluster"},
		{"both families", func(s *corev1.ServiceSpec) { s.IPFamilyPolicy = &dual }, "not configured for dual-stack"},
		{"a node port out of range", func(s *corev1.ServiceSpec) { s.Type, s.Ports[0].NodePort = corev1.ServiceTypeNodePort, 8080 }, "30000-32767"},
		{"a node port of another Service", func(s *corev1.ServiceSpec) { s.Type, s.Ports[0].NodePort = corev1.ServiceTypeNodePort, 30123 }, "already allocated to service shop/taken"},
		{"a port of another Service", func(s *corev1.ServiceSpec) { s.Type = corev1.ServiceTypeLoadBalancer }, "port 80/tcp of this machine is taken by service shop/taken"},
		{"a port of another program", func(s *corev1.ServiceSpec) { s.Type, s.Ports[0].Port = corev1.ServiceTypeLoadBalancer, 7070 }, "port 7070/tcp of this machine is " + me},
	} {
		_, err := h.newService("new", tc.change)
		if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	for port, want := range map[int32]string{7070: me, 80: "taken by service shop/taken"} {
		_, err := store.Create(h.store, newPod("shop", "p", func(p *corev1.Pod) {
			p.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: port}}
		}))
		if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("a pod that wants port %d: %v, want %q", port, err, want)
		}
	}
}

func TestADryRunTakesNothing(t *testing.T) {
	h := newHost(t)
	balanced := func(s *corev1.ServiceSpec) { s.Type = corev1.ServiceTypeLoadBalancer }
	_, err := h.newService("a", balanced, store.DryRun)
	must(t, err)
	h.settle()
	l, err := net.Listen("tcp4", ":80")
	must(t, err)
	must(t, l.Close())
	_, err = h.newService("a", balanced)
	must(t, err)
}

func TestPortsOfTheHostAreHeldWhileTheyLeadToPods(t *testing.T) {
	h := newHost(t)
	svc, err := h.newService("a", func(s *corev1.ServiceSpec) { s.Type = corev1.ServiceTypeLoadBalancer })
	must(t, err)
	h.settle()
	for _, addr := range []string{":80", "127.0.0.1:80", fmt.Sprintf("0.0.0.0:%d", svc.Spec.Ports[0].NodePort)} {
		if l, err := net.Listen("tcp4", addr); err == nil {
			_ = l.Close()
			t.Errorf("another program can listen on %s", addr)
		}
	}
	h.halt()
	h.net.Close()
	h.start() // what is held must not be in the way of the next engine
	must(t, store.Delete[*corev1.Service](h.store, "shop", "a", metav1.DeleteOptions{}))
	h.settle()
	l, err := net.Listen("tcp4", ":80")
	if err != nil {
		t.Errorf("a port that leads nowhere is still held: %v", err)
	} else {
		_ = l.Close()
	}
}

func TestThePortOfNamesCanBePublished(t *testing.T) {
	h := newHost(t)
	u, err := net.ListenPacket("udp4", at(h.net.DNS(), 53))
	must(t, err)
	defer func() { _ = u.Close() }()
	_, err = h.newService("names", func(s *corev1.ServiceSpec) {
		s.Type, s.Ports = corev1.ServiceTypeLoadBalancer, []corev1.ServicePort{{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53}}
	})
	must(t, err)
}
