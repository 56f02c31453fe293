package validate

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func ingress(f *findings, o *networkingv1.Ingress, update bool) {
	s := &o.Spec
	if len(s.Rules) == 0 && s.DefaultBackend == nil {
		f.invalid(objectSpec, s.Rules, "either `defaultBackend` or `rules` must be specified")
	}
	if s.DefaultBackend != nil {
		backend(f, objectSpec.Child("defaultBackend"), s.DefaultBackend)
	}
	for i, r := range s.Rules {
		at := objectSpec.Child("rules").Index(i)
		if r.Host != "" {
			if _, err := netip.ParseAddr(r.Host); err == nil {
				f.invalid(at.Child("host"), r.Host, "must be a DNS name, not an IP address")
			}
			host(f, at.Child("host"), r.Host)
		}
		if r.HTTP != nil {
			if len(r.HTTP.Paths) == 0 {
				f.required(at.Child("http", "paths"))
			}
			for j := range r.HTTP.Paths {
				httpPath(f, at.Child("http", "paths").Index(j), &r.HTTP.Paths[j])
			}
		}
	}
	for i, t := range s.TLS {
		at := objectSpec.Child("tls").Index(i)
		for j, h := range t.Hosts {
			host(f, at.Child("hosts").Index(j), h)
		}
		if t.SecretName != "" {
			f.subdomain(at.Child("secretName"), t.SecretName)
		}
	}
	if c := s.IngressClassName; c != nil {
		f.subdomain(objectSpec.Child("ingressClassName"), *c)
		const class = "kubernetes.io/ingress.class"
		if v, ok := o.Annotations[class]; ok && !update && v != *c {
			f.invalid(field.NewPath("annotations").Child(class), v, "must match `ingressClassName` when both are specified")
		}
	}
}

func host(f *findings, p *field.Path, h string) {
	if strings.Contains(h, "*") {
		f.invalid(p, h, validation.IsWildcardDNS1123Subdomain(h)...)
	} else {
		f.subdomain(p, h)
	}
}

func httpPath(f *findings, p *field.Path, h *networkingv1.HTTPIngressPath) {
	if h.PathType == nil {
		f.add(field.Required(p.Child("pathType"), "pathType must be specified"))
		return
	}
	at := p.Child("path")
	absolute := func() {
		if !strings.HasPrefix(h.Path, "/") {
			f.invalid(at, h.Path, "must be an absolute path")
		}
	}
	switch *h.PathType {
	case networkingv1.PathTypeExact, networkingv1.PathTypePrefix:
		absolute()
		for _, s := range []string{"//", "/./", "/../", "%2f", "%2F"} {
			if strings.Contains(h.Path, s) {
				f.invalid(at, h.Path, fmt.Sprintf("must not contain '%s'", s))
			}
		}
		for _, s := range []string{"/..", "/."} {
			if strings.HasSuffix(h.Path, s) {
				f.invalid(at, h.Path, fmt.Sprintf("cannot end with '%s'", s))
			}
		}
	case networkingv1.PathTypeImplementationSpecific:
		if h.Path != "" {
			absolute()
		}
	default:
		enum(f, p.Child("pathType"), *h.PathType, networkingv1.PathTypeExact, networkingv1.PathTypeImplementationSpecific, networkingv1.PathTypePrefix)
	}
	backend(f, p.Child("backend"), &h.Backend)
}

func backend(f *findings, p *field.Path, b *networkingv1.IngressBackend) {
	switch {
	case b.Resource != nil && b.Service != nil:
		f.invalid(p, "", "cannot set both resource and service backends")
	case b.Resource != nil:
		typedReference(f, p.Child("resource"), b.Resource.APIGroup, b.Resource.Kind, b.Resource.Name)
	case b.Service == nil:
		f.invalid(p, "", "resource or service backend is required")
	default:
		if b.Service.Name == "" {
			f.required(p.Child("service", "name"))
		} else {
			f.label(p.Child("service", "name"), b.Service.Name)
		}
		switch port := b.Service.Port; {
		case port.Name != "" && port.Number != 0:
			f.invalid(p, "", "cannot set both port name & port number")
		case port.Name != "":
			f.invalid(p.Child("service", "port", "name"), port.Name, validation.IsValidPortName(port.Name)...)
		case port.Number != 0:
			f.port(p.Child("service", "port", "number"), port.Number)
		default:
			f.add(field.Required(p, "port name or number is required"))
		}
	}
}

func typedReference(f *findings, p *field.Path, group *string, kind, name string) {
	if group != nil {
		f.subdomain(p.Child("apiGroup"), *group)
	}
	pathName(f, p.Child("kind"), kind)
	pathName(f, p.Child("name"), name)
}

// pathName wants a name that can stand in a URL.
func pathName(f *findings, p *field.Path, name string) {
	if name == "" {
		f.required(p)
	} else {
		f.invalid(p, name, content.IsPathSegmentName(name)...)
	}
}

func ingressClass(f *findings, s *networkingv1.IngressClassSpec) {
	if len(s.Controller) > 250 {
		f.add(field.TooLong(objectSpec.Child("controller"), "", 250))
	}
	f.all(validation.IsDomainPrefixedPath(objectSpec.Child("controller"), s.Controller))
	r := s.Parameters
	if r == nil {
		return
	}
	at := objectSpec.Child("parameters")
	typedReference(f, at, r.APIGroup, r.Kind, r.Name)
	if r.Scope == nil {
		f.required(at.Child("scope"))
		return
	}
	if enum(f, at.Child("scope"), *r.Scope, networkingv1.IngressClassParametersReferenceScopeCluster, networkingv1.IngressClassParametersReferenceScopeNamespace); *r.Scope == networkingv1.IngressClassParametersReferenceScopeNamespace {
		if r.Namespace == nil {
			f.add(field.Required(at.Child("namespace"), "`parameters.scope` is set to 'Namespace'"))
		} else {
			f.label(at.Child("namespace"), *r.Namespace)
		}
	} else if r.Namespace != nil && *r.Scope == networkingv1.IngressClassParametersReferenceScopeCluster {
		f.forbid(at.Child("namespace"), "`parameters.scope` is set to 'Cluster'")
	}
}

func networkPolicy(f *findings, s *networkingv1.NetworkPolicySpec) {
	f.selector(objectSpec.Child("podSelector"), &s.PodSelector)
	rule := func(p *field.Path, peers string, ports []networkingv1.NetworkPolicyPort, list []networkingv1.NetworkPolicyPeer) {
		for i := range ports {
			policyPort(f, p.Child("ports").Index(i), &ports[i])
		}
		for i := range list {
			peer(f, p.Child(peers).Index(i), &list[i])
		}
	}
	for i, r := range s.Ingress {
		rule(objectSpec.Child("ingress").Index(i), "from", r.Ports, r.From)
	}
	for i, r := range s.Egress {
		rule(objectSpec.Child("egress").Index(i), "to", r.Ports, r.To)
	}
	if len(s.PolicyTypes) > 2 {
		f.invalid(objectSpec.Child("policyTypes"), s.PolicyTypes, "may not specify more than two policyTypes")
		return
	}
	for i, t := range s.PolicyTypes {
		enum(f, objectSpec.Child("policyTypes").Index(i), t, networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress)
	}
}

func policyPort(f *findings, p *field.Path, n *networkingv1.NetworkPolicyPort) {
	optional(f, p.Child("protocol"), n.Protocol, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)
	end := p.Child("endPort")
	switch {
	case n.Port == nil:
		if n.EndPort != nil {
			f.invalid(end, *n.EndPort, "may not be specified when `port` is not specified")
		}
	case n.Port.Type == intstr.String:
		if n.EndPort != nil {
			f.invalid(end, *n.EndPort, "may not be specified when `port` is non-numeric")
		}
		f.invalid(p.Child("port"), n.Port.StrVal, validation.IsValidPortName(n.Port.StrVal)...)
	default:
		f.port(p.Child("port"), n.Port.IntVal)
		if n.EndPort != nil {
			if *n.EndPort < n.Port.IntVal {
				f.invalid(end, n.Port.IntVal, "must be greater than or equal to `port`")
			}
			f.port(end, *n.EndPort)
		}
	}
}

func peer(f *findings, p *field.Path, n *networkingv1.NetworkPolicyPeer) {
	f.selector(p.Child("podSelector"), n.PodSelector)
	f.selector(p.Child("namespaceSelector"), n.NamespaceSelector)
	if n.IPBlock != nil {
		ipBlock(f, p.Child("ipBlock"), n.IPBlock)
	}
	switch selects := n.PodSelector != nil || n.NamespaceSelector != nil; {
	case !selects && n.IPBlock == nil:
		f.add(field.Required(p, "must specify a peer"))
	case selects && n.IPBlock != nil:
		f.forbid(p, "may not specify both ipBlock and another peer")
	}
}

func ipBlock(f *findings, p *field.Path, b *networkingv1.IPBlock) {
	if b.CIDR == "" {
		f.required(p.Child("cidr"))
		return
	}
	f.all(validation.IsValidCIDRForLegacyField(p.Child("cidr"), b.CIDR, true, nil))
	whole, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return
	}
	for i, e := range b.Except {
		at := p.Child("except").Index(i)
		f.all(validation.IsValidCIDRForLegacyField(at, e, true, nil))
		if part, err := netip.ParsePrefix(e); err == nil && (!whole.Masked().Contains(part.Masked().Addr()) || whole.Bits() >= part.Bits()) {
			f.invalid(at, e, "must be a strict subset of `cidr`")
		}
	}
}
