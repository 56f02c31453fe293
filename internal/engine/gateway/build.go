package gateway

import (
	"fmt"
	"net"
	"slices"
	"sort"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// builder makes one table. What is wrong with an Ingress is collected on the way.
type builder struct {
	gateway *Gateway
	table   *table
	served  []*networkingv1.Ingress
	live    map[endpointKey]bool // every endpoint there is: whether new requests may go to it
	wrong   []problem
}

type problem struct {
	ingress      *networkingv1.Ingress
	reason, text string
}

func (b *builder) warn(ing *networkingv1.Ingress, reason, format string, args ...any) {
	b.wrong = append(b.wrong, problem{ing, reason, fmt.Sprintf(format, args...)})
}

func (b *builder) build() {
	b.live = map[endpointKey]bool{}
	all := slices.Clone(store.List[*networkingv1.Ingress](b.gateway.opts.Store, "", nil))
	sort.SliceStable(all, func(i, j int) bool { // the oldest keeps a path that two claim
		return all[i].CreationTimestamp.Before(&all[j].CreationTimestamp)
	})
	for i, ing := range all {
		if ing.DeletionTimestamp == nil && b.ours(ing) {
			b.served = append(b.served, ing)
			b.ingress(i, ing)
		}
	}
	b.table.sort()
}

// legacyClass is how the class was named before spec.ingressClassName.
const legacyClass = "kubernetes.io/ingress.class"

// controller is what an IngressClass names if it means this gateway.
const controller = "slipway.dev/gateway"

func (b *builder) ours(ing *networkingv1.Ingress) bool {
	name := ing.Annotations[legacyClass]
	if ing.Spec.IngressClassName != nil {
		name = *ing.Spec.IngressClassName
	}
	if name == "" || name == b.gateway.opts.Class {
		return true
	}
	class, err := store.Get[*networkingv1.IngressClass](b.gateway.opts.Store, "", name)
	return err == nil && class.Spec.Controller == controller
}

func (b *builder) ingress(order int, ing *networkingv1.Ingress) {
	rules := b.rules(ing)
	if len(ing.Spec.TLS) > 0 {
		b.warn(ing, "NoTLS", "spec.tls has no effect: this gateway serves HTTP only")
	}
	for _, rule := range ing.Spec.Rules {
		if rule.HTTP == nil {
			if ing.Spec.DefaultBackend != nil { // all of that host
				b.table.add(rule.Host, b.route(order, ing, rules, *ing.Spec.DefaultBackend))
			}
			continue
		}
		for _, p := range rule.HTTP.Paths {
			r := b.route(order, ing, rules, p.Backend)
			r.path = p.Path
			r.exact = p.PathType != nil && *p.PathType == networkingv1.PathTypeExact
			b.conflict(rule.Host, r)
			b.table.add(rule.Host, r)
		}
	}
	if ing.Spec.DefaultBackend != nil {
		r := b.route(order, ing, rules, *ing.Spec.DefaultBackend)
		if b.table.fallback == nil {
			b.table.fallback = r
		} else if len(ing.Spec.Rules) == 0 {
			b.warn(ing, "Conflict", "the default backend is that of the older Ingress %s/%s", b.table.fallback.source.Namespace, b.table.fallback.source.Name)
		}
	}
}

// conflict warns of a host and path that an older Ingress has.
func (b *builder) conflict(host string, r *route) {
	for _, o := range append(slices.Clone(b.table.exact[host]), b.table.any...) {
		if host == "" && !slices.Contains(b.table.any, o) || host != "" && !slices.Contains(b.table.exact[host], o) {
			continue
		}
		if o.exact == r.exact && clean(o.path) == clean(r.path) && o.source != r.source {
			b.warn(r.source, "Conflict", "%s%s is served by the older Ingress %s/%s", host, r.path, o.source.Namespace, o.source.Name)
		}
	}
}

// route makes the route to a backend and the pool behind it.
func (b *builder) route(order int, ing *networkingv1.Ingress, rules *rules, backend networkingv1.IngressBackend) *route {
	r := &route{order: order, source: ing, rules: rules}
	fail := func(format string, args ...any) *route {
		r.problem = fmt.Sprintf(format, args...)
		b.warn(ing, "Backend", "%s", r.problem)
		return r
	}
	if backend.Service == nil {
		return fail("a backend that is not a Service cannot be served")
	}
	want := backend.Service
	port := want.Port.Name
	if port == "" {
		port = strconv.Itoa(int(want.Port.Number))
	}
	r.backend = backendKey{ing.Namespace, want.Name, port}
	svc, err := store.Get[*corev1.Service](b.gateway.opts.Store, ing.Namespace, want.Name)
	if err != nil {
		return fail("there is no Service %s/%s", ing.Namespace, want.Name)
	}
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		return fail("Service %s/%s is an external name, which the gateway does not follow", ing.Namespace, want.Name)
	}
	i := slices.IndexFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool {
		return want.Port.Name != "" && p.Name == want.Port.Name || want.Port.Name == "" && p.Port == want.Port.Number
	})
	if i < 0 {
		return fail("Service %s/%s has no port %s", ing.Namespace, want.Name, port)
	}
	h2c := false
	switch app := svc.Spec.Ports[i].AppProtocol; {
	case app == nil, *app == "http", *app == "kubernetes.io/ws":
	case *app == "kubernetes.io/h2c", *app == "grpc":
		h2c = true
	default:
		b.warn(ing, "Backend", "port %s of Service %s/%s says appProtocol %s; it is spoken to in HTTP/1.1", port, ing.Namespace, want.Name, *app)
	}
	if b.table.pools[r.backend] == nil {
		b.table.pools[r.backend] = b.pool(svc, svc.Spec.Ports[i].Name, h2c)
	}
	return r
}

// pool collects the endpoints of a Service's port.
func (b *builder) pool(svc *corev1.Service, port string, h2c bool) *pool {
	p := &pool{}
	sel := labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: svc.Name})
	for _, slice := range store.List[*discoveryv1.EndpointSlice](b.gateway.opts.Store, svc.Namespace, sel) {
		if slice.AddressType == discoveryv1.AddressTypeFQDN {
			continue
		}
		for _, sp := range slice.Ports {
			if sp.Port == nil || sp.Name == nil && port != "" || sp.Name != nil && *sp.Name != port || sp.Protocol != nil && *sp.Protocol != corev1.ProtocolTCP {
				continue
			}
			for _, e := range slice.Endpoints {
				p.known++
				key := endpointKey{h2c: h2c}
				if e.TargetRef != nil {
					key.pod = e.TargetRef.UID
				}
				ready := (e.Conditions.Ready == nil || *e.Conditions.Ready) && (e.Conditions.Terminating == nil || !*e.Conditions.Terminating)
				if len(e.Addresses) == 0 { // the others mean the same endpoint
					continue
				}
				key.address = net.JoinHostPort(e.Addresses[0], strconv.Itoa(int(*sp.Port)))
				b.live[key] = b.live[key] || ready
				if ready {
					p.ready = append(p.ready, b.gateway.endpoints.get(key))
				}
			}
		}
	}
	return p
}

// report writes an Event for each thing that is wrong, once for each generation of its Ingress.
func (b *builder) report() {
	g := b.gateway
	now := map[string]bool{}
	for _, p := range b.wrong {
		key := fmt.Sprintf("%s/%d/%s/%s", p.ingress.UID, p.ingress.Generation, p.reason, p.text)
		if !g.warned[key] && !now[key] && g.opts.Events != nil {
			g.opts.Events.Event(p.ingress, corev1.EventTypeWarning, p.reason, "%s", p.text)
		}
		now[key] = true
	}
	g.warned = now
}
