package validate

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func endpointSlice(f *findings, s *discoveryv1.EndpointSlice) {
	oneOf(f, field.NewPath("addressType"), s.AddressType, discoveryv1.AddressTypeFQDN, discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6)
	ports := field.NewPath("ports")
	if len(s.Ports) > 20000 {
		f.add(field.TooMany(ports, len(s.Ports), 20000))
	}
	names := sets.New[string]()
	for i, p := range s.Ports {
		at := ports.Index(i)
		name := ""
		if p.Name != nil {
			name = *p.Name
		}
		if name != "" {
			f.label(at.Child("name"), name)
		}
		unique(f, at.Child("name"), names, name)
		if p.Protocol == nil {
			f.required(at.Child("protocol"))
		}
		optional(f, at.Child("protocol"), p.Protocol, corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)
		if p.AppProtocol != nil {
			f.invalid(at.Child("appProtocol"), *p.AppProtocol, validation.IsQualifiedName(*p.AppProtocol)...)
		}
	}
	at := field.NewPath("endpoints")
	if len(s.Endpoints) > 1000 {
		f.add(field.TooMany(at, len(s.Endpoints), 1000))
		return
	}
	for i := range s.Endpoints {
		endpoint(f, at.Index(i), s.AddressType, &s.Endpoints[i])
	}
}

func endpoint(f *findings, p *field.Path, of discoveryv1.AddressType, e *discoveryv1.Endpoint) {
	at := p.Child("addresses")
	if len(e.Addresses) == 0 {
		f.add(field.Required(at, "must contain at least 1 address"))
	} else if len(e.Addresses) > 100 {
		f.add(field.TooMany(at, len(e.Addresses), 100))
	}
	for i, a := range e.Addresses {
		if of == discoveryv1.AddressTypeFQDN {
			f.all(validation.IsFullyQualifiedDomainName(at.Index(i), a))
		}
		if of != discoveryv1.AddressTypeIPv4 && of != discoveryv1.AddressTypeIPv6 {
			continue
		}
		n := len(f.errs)
		if f.ip(at.Index(i), a); len(f.errs) > n {
			continue
		}
		ip, err := netip.ParseAddr(a)
		if err == nil && ip.Is4() != (of == discoveryv1.AddressTypeIPv4) {
			f.invalid(at, a, "must be an "+string(of)+" address")
		}
		endpointIP(f, at.Index(i), a)
	}
	if e.NodeName != nil {
		f.subdomain(p.Child("nodeName"), *e.NodeName)
	}
	if e.Hostname != nil {
		f.label(p.Child("hostname"), *e.Hostname)
	}
}

// endpointsOf judges Endpoints, what EndpointSlices came after.
func endpointsOf(f *findings, subsets []corev1.EndpointSubset) { //nolint:staticcheck // people's files still have it
	for i, s := range subsets {
		p := field.NewPath("subsets").Index(i)
		if len(s.Addresses)+len(s.NotReadyAddresses) == 0 {
			f.add(field.Required(p, "must specify `addresses` or `notReadyAddresses`"))
		}
		for j, a := range s.Addresses {
			endpointAddress(f, p.Child("addresses").Index(j), a)
		}
		for j, a := range s.NotReadyAddresses {
			endpointAddress(f, p.Child("notReadyAddresses").Index(j), a)
		}
		for j, port := range s.Ports {
			at := p.Child("ports").Index(j)
			if port.Name != "" {
				f.label(at.Child("name"), port.Name)
			} else if len(s.Ports) > 1 {
				f.required(at.Child("name"))
			}
			f.port(at.Child("port"), port.Port)
			oneOf(f, at.Child("protocol"), port.Protocol, corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)
			if port.AppProtocol != nil {
				f.qualified(at.Child("appProtocol"), *port.AppProtocol)
			}
		}
	}
}

func endpointAddress(f *findings, p *field.Path, a corev1.EndpointAddress) {
	f.ip(p.Child("ip"), a.IP)
	if a.Hostname != "" {
		f.label(p.Child("hostname"), a.Hostname)
	}
	if a.NodeName != nil {
		f.subdomain(p.Child("nodeName"), *a.NodeName)
	}
	endpointIP(f, p.Child("ip"), a.IP)
}
