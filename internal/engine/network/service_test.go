package network

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
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
