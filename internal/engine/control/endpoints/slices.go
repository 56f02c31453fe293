package endpoints

import (
	"fmt"
	"maps"
	"net/netip"
	"sort"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// sliceLimit is the API's limit of endpoints in a slice.
const sliceLimit = 1000

// slices are the slices that a Service should have in one family: one for each different set of ports, since a named
// port may have another number in another pod. Without pods it is one empty slice.
func slices(svc *corev1.Service, list []*corev1.Pod, family corev1.IPFamily) []*discoveryv1.EndpointSlice {
	type group struct {
		ports     []discoveryv1.EndpointPort
		endpoints []discoveryv1.Endpoint
	}
	groups := map[string]*group{}
	var order []string
	for _, p := range list {
		address := addressOf(p, family)
		if address == "" || pods.Finished(p) {
			continue
		}
		ports := portsOf(svc, p)
		key := describe(ports)
		if groups[key] == nil {
			groups[key] = &group{ports: ports}
			order = append(order, key)
		}
		groups[key].endpoints = append(groups[key].endpoints, endpoint(svc, p, address))
	}
	sort.Strings(order)
	if len(order) == 0 {
		return []*discoveryv1.EndpointSlice{newSlice(svc, family)}
	}
	var out []*discoveryv1.EndpointSlice
	for _, key := range order {
		g := groups[key]
		for from := 0; from < len(g.endpoints); from += sliceLimit {
			s := newSlice(svc, family)
			s.Ports = g.ports
			s.Endpoints = g.endpoints[from:min(from+sliceLimit, len(g.endpoints))]
			out = append(out, s)
		}
	}
	return out
}

func newSlice(svc *corev1.Service, family corev1.IPFamily) *discoveryv1.EndpointSlice {
	l := maps.Clone(svc.Labels)
	if l == nil {
		l = map[string]string{}
	}
	delete(l, corev1.IsHeadlessService)
	l[discoveryv1.LabelServiceName] = svc.Name
	l[discoveryv1.LabelManagedBy] = ManagedBy
	if svc.Spec.ClusterIP == corev1.ClusterIPNone {
		l[corev1.IsHeadlessService] = ""
	}
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: svc.Name + "-", Namespace: svc.Namespace, Labels: l,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(svc, gvk)},
		},
		AddressType: discoveryv1.AddressType(family),
		Endpoints:   []discoveryv1.Endpoint{},
	}
}

func endpoint(svc *corev1.Service, p *corev1.Pod, address string) discoveryv1.Endpoint {
	serving, terminating := pods.Ready(p), p.DeletionTimestamp != nil
	ready := svc.Spec.PublishNotReadyAddresses || serving && !terminating
	e := discoveryv1.Endpoint{
		Addresses:  []string{address},
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating},
		TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
	}
	if p.Spec.NodeName != "" {
		node := p.Spec.NodeName
		e.NodeName = &node
	}
	if p.Spec.Hostname != "" && p.Spec.Subdomain == svc.Name {
		host := p.Spec.Hostname
		e.Hostname = &host
	}
	return e
}

func addressOf(p *corev1.Pod, family corev1.IPFamily) string {
	ips := p.Status.PodIPs
	if len(ips) == 0 {
		ips = []corev1.PodIP{{IP: p.Status.PodIP}}
	}
	for _, ip := range ips {
		a, err := netip.ParseAddr(ip.IP)
		if err == nil && a.Is4() == (family == corev1.IPv4Protocol) {
			return ip.IP
		}
	}
	return ""
}

// portsOf resolves the Service's ports in a pod; one whose name the pod does not have is left out.
func portsOf(svc *corev1.Service, p *corev1.Pod) []discoveryv1.EndpointPort {
	out := []discoveryv1.EndpointPort{}
	for i := range svc.Spec.Ports {
		sp := &svc.Spec.Ports[i]
		n, ok := targetPort(p, sp)
		if !ok {
			continue
		}
		name, protocol := sp.Name, sp.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		out = append(out, discoveryv1.EndpointPort{Name: &name, Port: &n, Protocol: &protocol, AppProtocol: sp.AppProtocol})
	}
	return out
}

func targetPort(p *corev1.Pod, sp *corev1.ServicePort) (int32, bool) {
	if sp.TargetPort.Type == intstr.Int {
		if sp.TargetPort.IntVal == 0 {
			return sp.Port, true
		}
		return sp.TargetPort.IntVal, true
	}
	find := func(ports []corev1.ContainerPort) (int32, bool) {
		for _, cp := range ports {
			if cp.Name == sp.TargetPort.StrVal && (cp.Protocol == sp.Protocol || cp.Protocol == "" || sp.Protocol == "") {
				return cp.ContainerPort, true
			}
		}
		return 0, false
	}
	for _, c := range p.Spec.Containers {
		if n, ok := find(c.Ports); ok {
			return n, true
		}
	}
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			if n, ok := find(c.Ports); ok {
				return n, true
			}
		}
	}
	return 0, false
}

func describe(ports []discoveryv1.EndpointPort) string {
	s := ""
	for _, p := range ports {
		s += fmt.Sprintf("%s/%s/%d;", *p.Name, *p.Protocol, *p.Port)
	}
	return s
}
