package network

import (
	"context"
	"reflect"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/network/dns"
)

// publisher gives the newest names to who serves them, off the way of the rules.
type publisher struct {
	n     *Network
	mu    sync.Mutex
	zone  *dns.Zone
	ready chan struct{}
}

func newPublisher(n *Network) *publisher { return &publisher{n: n, ready: make(chan struct{}, 1)} }

func (p *publisher) offer(w *world) {
	if p.n.publish == nil {
		return
	}
	z := w.zone()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.zone != nil && reflect.DeepEqual(*p.zone, z) {
		return
	}
	p.zone = &z
	p.wake()
}

func (p *publisher) wake() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

func (p *publisher) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.ready:
		case <-p.n.again:
		}
		p.mu.Lock()
		z := p.zone
		p.mu.Unlock()
		if z == nil || p.n.publish == nil {
			continue
		}
		if err := p.n.publish(*z); err != nil {
			p.n.log.Error("network: names not published, trying again", "err", err)
			pause(ctx, retry)
			p.wake()
		}
	}
}

// Republish gives the names again to who serves them, which may have been started anew and know none.
func (n *Network) Republish() {
	select {
	case n.again <- struct{}{}:
	default:
	}
}

// nameservice is the Service in kube-system by which the nameserver is known.
const nameservice = "kube-dns"

// ensureNameservice makes Service kube-system/kube-dns, by whose address pods, policies and programs know the
// nameserver. Nothing leads from it to endpoints: its address is the host's own.
func (n *Network) ensureNameservice() {
	create := func(err error) {
		if err != nil && !apierrors.IsAlreadyExists(err) {
			n.log.Error("network: the nameserver's Service cannot be made", "err", err)
		}
	}
	if _, err := store.Get[*corev1.Namespace](n.store, "", metav1.NamespaceSystem); apierrors.IsNotFound(err) {
		_, err := store.Create(n.store, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: metav1.NamespaceSystem, Labels: map[string]string{corev1.LabelMetadataName: metav1.NamespaceSystem}}})
		create(err)
	}
	svc, err := store.Get[*corev1.Service](n.store, metav1.NamespaceSystem, nameservice)
	if err == nil {
		if svc.Spec.ClusterIP != n.dns.String() {
			n.log.Error("network: Service kube-system/kube-dns has another address than the nameserver; delete it", "has", svc.Spec.ClusterIP, "nameserver", n.dns)
		}
		return
	}
	labels := dnsLabels
	_, err = store.Create(n.store, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: nameservice, Labels: labels},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: n.dns.String(), ClusterIPs: []string{n.dns.String()},
			SessionAffinity: corev1.ServiceAffinityNone,
			Ports: []corev1.ServicePort{
				{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53},
				{Name: "dns-tcp", Protocol: corev1.ProtocolTCP, Port: 53},
			}},
	})
	create(err)
}
