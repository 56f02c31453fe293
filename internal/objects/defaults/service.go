package defaults

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func setService(svc *corev1.Service) {
	s := &svc.Spec
	text(&s.SessionAffinity, corev1.ServiceAffinityNone)
	switch s.SessionAffinity {
	case corev1.ServiceAffinityNone:
		s.SessionAffinityConfig = nil
	case corev1.ServiceAffinityClientIP:
		if c := s.SessionAffinityConfig; c == nil || c.ClientIP == nil || c.ClientIP.TimeoutSeconds == nil {
			seconds := corev1.DefaultClientIPServiceAffinitySeconds
			s.SessionAffinityConfig = &corev1.SessionAffinityConfig{ClientIP: &corev1.ClientIPConfig{TimeoutSeconds: &seconds}}
		}
	}
	text(&s.Type, corev1.ServiceTypeClusterIP)
	for i := range s.Ports {
		p := &s.Ports[i]
		text(&p.Protocol, corev1.ProtocolTCP)
		if p.TargetPort == intstr.FromInt32(0) || p.TargetPort == intstr.FromString("") {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
	}
	external := s.Type == corev1.ServiceTypeNodePort || s.Type == corev1.ServiceTypeLoadBalancer ||
		s.Type == corev1.ServiceTypeClusterIP && len(s.ExternalIPs) > 0
	if external {
		text(&s.ExternalTrafficPolicy, corev1.ServiceExternalTrafficPolicyCluster)
	}
	if s.Type == corev1.ServiceTypeExternalName {
		return
	}
	if external || s.Type == corev1.ServiceTypeClusterIP {
		value(&s.InternalTrafficPolicy, corev1.ServiceInternalTrafficPolicyCluster)
	}
	if s.Type == corev1.ServiceTypeLoadBalancer {
		value(&s.AllocateLoadBalancerNodePorts, true)
		for i := range svc.Status.LoadBalancer.Ingress {
			if ing := &svc.Status.LoadBalancer.Ingress[i]; ing.IP != "" {
				value(&ing.IPMode, corev1.LoadBalancerIPModeVIP)
			}
		}
	}
	setAddresses(s)
}

// setAddresses keeps clusterIP and clusterIPs in step and derives the families. A Service whose address is not
// given yet gets its families from who allocates it.
func setAddresses(s *corev1.ServiceSpec) {
	if s.ClusterIP == "" {
		return
	}
	if len(s.ClusterIPs) == 0 {
		s.ClusterIPs = []string{s.ClusterIP}
	}
	if len(s.IPFamilies) > 0 {
		return
	}
	if s.ClusterIP == corev1.ClusterIPNone {
		s.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
		if len(s.Selector) == 0 { // endpoints of unknown family, so a server assumes both
			s.IPFamilies = append(s.IPFamilies, corev1.IPv6Protocol)
		}
	} else {
		for _, text := range s.ClusterIPs {
			if ip, err := netip.ParseAddr(text); err == nil && ip.Is6() {
				s.IPFamilies = append(s.IPFamilies, corev1.IPv6Protocol)
			} else if err == nil {
				s.IPFamilies = append(s.IPFamilies, corev1.IPv4Protocol)
			}
		}
	}
	if len(s.IPFamilies) == 1 {
		value(&s.IPFamilyPolicy, corev1.IPFamilyPolicySingleStack)
	} else if len(s.IPFamilies) > 1 {
		value(&s.IPFamilyPolicy, corev1.IPFamilyPolicyRequireDualStack)
	}
}
