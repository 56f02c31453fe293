package validate

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func headless(s *corev1.ServiceSpec) bool {
	return len(s.ClusterIPs) == 1 && s.ClusterIPs[0] == corev1.ClusterIPNone
}

// service judges a Service before or after its addresses and ports are allocated.
func service(f *findings, o, old *corev1.Service) {
	s := &o.Spec
	if len(s.Ports) == 0 && !headless(s) && s.Type != corev1.ServiceTypeExternalName {
		f.required(objectSpec.Child("ports"))
	}
	switch s.Type {
	case corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeNodePort:
		if headless(s) {
			f.invalid(objectSpec.Child("clusterIPs").Index(0), s.ClusterIPs[0], fmt.Sprintf("may not be set to 'None' for %s services", s.Type))
		}
	case corev1.ServiceTypeExternalName:
		externalName(f, s)
	}
	servicePorts(f, objectSpec.Child("ports"), s)
	f.all(metavalidation.ValidateLabels(s.Selector, objectSpec.Child("selector")))
	sessionAffinity(f, s)
	clusterIPs(f, s, old)
	for i, ip := range s.ExternalIPs {
		externalIP(f, objectSpec.Child("externalIPs").Index(i), ip)
	}
	oneOf(f, objectSpec.Child("type"), s.Type, corev1.ServiceTypeClusterIP, corev1.ServiceTypeExternalName, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeNodePort)
	portDuplicates(f, objectSpec.Child("ports"), s)
	loadBalancer(f, s)
	traffic(f, s)
}

func externalName(f *findings, s *corev1.ServiceSpec) {
	const why = "may not be set for ExternalName services"
	if len(s.ClusterIPs) > 0 {
		f.forbid(objectSpec.Child("clusterIPs"), why)
	}
	if len(s.IPFamilies) > 0 {
		f.forbid(objectSpec.Child("ipFamilies"), why)
	}
	if s.IPFamilyPolicy != nil {
		f.forbid(objectSpec.Child("ipFamilyPolicy"), why)
	}
	if name := strings.TrimSuffix(s.ExternalName, "."); name == "" {
		f.required(objectSpec.Child("externalName"))
	} else {
		f.subdomain(objectSpec.Child("externalName"), name)
	}
}

func servicePorts(f *findings, p *field.Path, s *corev1.ServiceSpec) {
	names := sets.New[string]()
	for i, port := range s.Ports {
		at := p.Index(i)
		if port.Name != "" {
			f.label(at.Child("name"), port.Name)
			unique(f, at.Child("name"), names, port.Name)
		} else if len(s.Ports) > 1 {
			f.required(at.Child("name"))
		}
		f.port(at.Child("port"), port.Port)
		oneOf(f, at.Child("protocol"), port.Protocol, corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)
		f.portOrName(at.Child("targetPort"), port.TargetPort)
		if port.AppProtocol != nil {
			f.invalid(at.Child("appProtocol"), *port.AppProtocol, validation.IsQualifiedName(*port.AppProtocol)...)
		}
	}
}

func portDuplicates(f *findings, p *field.Path, s *corev1.ServiceSpec) {
	if s.Type == corev1.ServiceTypeClusterIP {
		for i, port := range s.Ports {
			if port.NodePort != 0 {
				f.forbid(p.Index(i).Child("nodePort"), "may not be used when `type` is 'ClusterIP'")
			}
		}
	}
	type key struct {
		protocol corev1.Protocol
		port     int32
	}
	nodePorts, ports := sets.New[key](), sets.New[key]()
	for i, port := range s.Ports {
		if k := (key{port.Protocol, port.NodePort}); port.NodePort != 0 {
			if nodePorts.Has(k) {
				f.add(field.Duplicate(p.Index(i).Child("nodePort"), port.NodePort))
			}
			nodePorts.Insert(k)
		}
	}
	for i, port := range s.Ports {
		k := key{port.Protocol, port.Port}
		if ports.Has(k) {
			f.add(field.Duplicate(p.Index(i), corev1.ServicePort{Protocol: port.Protocol, Port: port.Port}))
		}
		ports.Insert(k)
	}
}

func sessionAffinity(f *findings, s *corev1.ServiceSpec) {
	oneOf(f, objectSpec.Child("sessionAffinity"), s.SessionAffinity, corev1.ServiceAffinityClientIP, corev1.ServiceAffinityNone)
	at, c := objectSpec.Child("sessionAffinityConfig"), s.SessionAffinityConfig
	const why = "when session affinity type is ClientIP"
	switch {
	case s.SessionAffinity == corev1.ServiceAffinityNone && c != nil:
		f.forbid(at, "must not be set when session affinity is None")
	case s.SessionAffinity != corev1.ServiceAffinityClientIP:
	case c == nil:
		f.add(field.Required(at, why))
	case c.ClientIP == nil:
		f.add(field.Required(at.Child("clientIP"), why))
	case c.ClientIP.TimeoutSeconds == nil:
		f.add(field.Required(at.Child("clientIP", "timeoutSeconds"), why))
	default:
		if t := *c.ClientIP.TimeoutSeconds; t <= 0 || t > maxAffinity {
			f.invalid(at.Child("clientIP", "timeoutSeconds"), t, fmt.Sprintf("must be greater than 0 and less than %d", maxAffinity))
		}
	}
}

const maxAffinity = 86400 // seconds; a day

func clusterIPs(f *findings, s *corev1.ServiceSpec, old *corev1.Service) {
	if s.Type == corev1.ServiceTypeExternalName {
		return
	}
	at := objectSpec.Child("clusterIPs")
	switch {
	case s.ClusterIP == "" && len(s.ClusterIPs) > 0:
		f.invalid(at, s.ClusterIPs, "must be empty when `clusterIP` is not specified")
	case s.ClusterIP != "" && len(s.ClusterIPs) == 0:
		f.required(at)
	case s.ClusterIP != "" && s.ClusterIPs[0] != s.ClusterIP:
		f.invalid(at, s.ClusterIPs, "first value must match `clusterIP`")
	}
	seen := sets.New[corev1.IPFamily]()
	for i, family := range s.IPFamilies {
		enum(f, objectSpec.Child("ipFamilies").Index(i), family, corev1.IPv4Protocol, corev1.IPv6Protocol)
		unique(f, objectSpec.Child("ipFamilies").Index(i), seen, family)
	}
	optional(f, objectSpec.Child("ipFamilyPolicy"), s.IPFamilyPolicy, corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack, corev1.IPFamilyPolicySingleStack)
	var known []string
	if old != nil {
		known = old.Spec.ClusterIPs
	}
	bad := false
	for i, ip := range s.ClusterIPs {
		if i == 0 && ip == corev1.ClusterIPNone {
			if len(s.ClusterIPs) > 1 {
				f.invalid(at, s.ClusterIPs, "'None' must be the first and only value")
				bad = true
			}
			continue
		}
		n := len(f.errs)
		f.ip(at.Index(i), ip, known...)
		bad = bad || len(f.errs) > n
	}
	if len(s.ClusterIPs) > 2 {
		f.invalid(at, s.ClusterIPs, "may only hold up to 2 values")
	}
	if !bad && !headless(s) {
		families(f, at, s)
	}
}

func families(f *findings, p *field.Path, s *corev1.ServiceSpec) {
	is6 := func(text string) bool { ip, err := netip.ParseAddr(text); return err == nil && ip.Is6() }
	if len(s.ClusterIPs) > 1 && is6(s.ClusterIPs[0]) == is6(s.ClusterIPs[1]) {
		f.invalid(p, s.ClusterIPs, "may specify no more than one IP for each IP family")
	}
	for i, ip := range s.ClusterIPs {
		if i < len(s.IPFamilies) && is6(ip) != (s.IPFamilies[i] == corev1.IPv6Protocol) {
			f.invalid(p.Index(i), ip, fmt.Sprintf("expected an %s value as indicated by `ipFamilies[%v]`", s.IPFamilies[i], i))
		}
	}
}

func externalIP(f *findings, p *field.Path, text string) {
	n := len(f.errs)
	if f.ip(p, text); len(f.errs) > n {
		return
	}
	endpointIP(f, p, text)
}

func endpointIP(f *findings, p *field.Path, text string) {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		f.invalid(p, text, "must be a valid IP address")
		return
	}
	for _, c := range []struct {
		is  bool
		msg string
	}{
		{ip.IsUnspecified(), fmt.Sprintf("may not be unspecified (%v)", text)},
		{ip.IsLoopback(), "may not be in the loopback range (127.0.0.0/8, ::1/128)"},
		{ip.IsLinkLocalUnicast(), "may not be in the link-local range (169.254.0.0/16, fe80::/10)"},
		{ip.IsLinkLocalMulticast(), "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"},
	} {
		if c.is {
			f.invalid(p, text, c.msg)
		}
	}
}

func loadBalancer(f *findings, s *corev1.ServiceSpec) {
	const why = "may only be used when `type` is 'LoadBalancer'"
	is := s.Type == corev1.ServiceTypeLoadBalancer
	if len(s.LoadBalancerSourceRanges) > 0 {
		at := objectSpec.Child("LoadBalancerSourceRanges")
		if !is {
			f.forbid(at, why)
		}
		for i, r := range s.LoadBalancerSourceRanges {
			f.all(validation.IsValidCIDRForLegacyField(at.Index(i), strings.TrimSpace(r), true, nil))
		}
	}
	if s.AllocateLoadBalancerNodePorts != nil && !is {
		f.forbid(objectSpec.Child("allocateLoadBalancerNodePorts"), why)
	}
	if c := s.LoadBalancerClass; c != nil {
		if is {
			f.invalid(objectSpec.Child("loadBalancerClass"), *c, validation.IsQualifiedName(*c)...)
		} else {
			f.forbid(objectSpec.Child("loadBalancerClass"), why)
		}
	}
}

func traffic(f *findings, s *corev1.ServiceSpec) {
	at := objectSpec.Child("externalTrafficPolicy")
	outside := s.Type == corev1.ServiceTypeLoadBalancer || s.Type == corev1.ServiceTypeNodePort ||
		s.Type == corev1.ServiceTypeClusterIP && len(s.ExternalIPs) > 0
	if outside {
		oneOf(f, at, s.ExternalTrafficPolicy, corev1.ServiceExternalTrafficPolicyCluster, corev1.ServiceExternalTrafficPolicyLocal)
	} else if s.ExternalTrafficPolicy != "" {
		f.invalid(at, s.ExternalTrafficPolicy, "may only be set for externally-accessible services")
	}
	// That a port for health checks is missing is seen by who allocates it.
	if n := s.HealthCheckNodePort; n != 0 {
		at := objectSpec.Child("healthCheckNodePort")
		if s.Type != corev1.ServiceTypeLoadBalancer || s.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyLocal {
			f.invalid(at, n, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
		} else {
			f.port(at, n)
		}
	}
	optional(f, objectSpec.Child("internalTrafficPolicy"), s.InternalTrafficPolicy, corev1.ServiceInternalTrafficPolicyCluster, corev1.ServiceInternalTrafficPolicyLocal)
	optional(f, objectSpec.Child("trafficDistribution"), s.TrafficDistribution, corev1.ServiceTrafficDistributionPreferClose,
		corev1.ServiceTrafficDistributionPreferSameZone, corev1.ServiceTrafficDistributionPreferSameNode)
}

func serviceChange(f *findings, o, old *corev1.Service) {
	s, b := &o.Spec, &old.Spec
	at := objectSpec.Child("clusterIPs")
	allocates := func(s *corev1.ServiceSpec) bool { return s.Type != corev1.ServiceTypeExternalName }
	if allocates(s) && allocates(b) && len(b.ClusterIPs) > 0 {
		switch {
		case len(s.ClusterIPs) == 0:
			f.invalid(at, s.ClusterIPs, "primary clusterIP can not be unset")
		case s.ClusterIPs[0] != b.ClusterIPs[0]:
			f.invalid(at.Index(0), s.ClusterIPs, "may not change once set")
		}
	}
	if allocates(s) && allocates(b) && len(b.IPFamilies) > 0 && len(s.IPFamilies) > 0 && !headless(b) && s.IPFamilies[0] != b.IPFamilies[0] {
		f.invalid(objectSpec.Child("ipFamilies").Index(0), s.IPFamilies, "may not change once set")
	}
	if s.Type == corev1.ServiceTypeLoadBalancer && b.Type == s.Type && !same(s.LoadBalancerClass, b.LoadBalancerClass) {
		f.invalid(objectSpec.Child("loadBalancerClass"), s.LoadBalancerClass, "may not change once set")
	}
	local := func(s *corev1.ServiceSpec) bool {
		return s.Type == corev1.ServiceTypeLoadBalancer && s.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
	}
	if local(s) && local(b) && b.HealthCheckNodePort != 0 && s.HealthCheckNodePort != b.HealthCheckNodePort {
		f.forbid(objectSpec.Child("healthCheckNodePort"), "field is immutable")
	}
}
