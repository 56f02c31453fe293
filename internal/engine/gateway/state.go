package gateway

import (
	"net"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// state writes the gateway's address into the Ingresses it serves, and out of those it no longer does.
func (g *Gateway) state(served []*networkingv1.Ingress) {
	want := networkingv1.IngressLoadBalancerStatus{Ingress: []networkingv1.IngressLoadBalancerIngress{{
		IP: g.mainAddress(), Ports: []networkingv1.IngressPortStatus{{Port: int32(g.port()), Protocol: corev1.ProtocolTCP}},
	}}}
	now := map[store.Key]bool{}
	for _, ing := range served {
		key := store.Key{Namespace: ing.Namespace, Name: ing.Name}
		now[key] = true
		if !equality.Semantic.DeepEqual(ing.Status.LoadBalancer, want) {
			g.write(key, want)
		}
	}
	for key := range g.stated {
		if !now[key] {
			g.write(key, networkingv1.IngressLoadBalancerStatus{})
		}
	}
	g.stated = now
}

func (g *Gateway) write(key store.Key, lb networkingv1.IngressLoadBalancerStatus) {
	_, err := store.ModifyStatus(g.opts.Store, key.Namespace, key.Name, func(ing *networkingv1.Ingress) error {
		ing.Status.LoadBalancer = lb
		return nil
	})
	if err != nil {
		g.log.Debug("status of an Ingress", "ingress", key.Namespace+"/"+key.Name, "error", err)
	}
}

// mainAddress is the address by which others reach this machine.
func (g *Gateway) mainAddress() string {
	if ip, err := netip.ParseAddr(g.opts.Bind); err == nil && !ip.IsUnspecified() {
		return ip.String()
	}
	// A UDP socket says which address the default route has; nothing is sent.
	if c, err := net.Dial("udp", "192.0.2.1:9"); err == nil {
		defer c.Close()
		if a, ok := c.LocalAddr().(*net.UDPAddr); ok {
			return a.IP.String()
		}
	}
	addresses, err := net.InterfaceAddrs()
	if err == nil {
		i := slices.IndexFunc(addresses, func(a net.Addr) bool {
			n, ok := a.(*net.IPNet)
			return ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast()
		})
		if i >= 0 {
			return addresses[i].(*net.IPNet).IP.String()
		}
	}
	return "127.0.0.1"
}
