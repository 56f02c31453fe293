package network

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// keepAllocated fills what an update leaves out with what was allocated before, and drops what the new type has no
// use for unless the update sets it itself. As in k8s.io/kubernetes/pkg/registry/core/service.
func keepAllocated(svc, old *corev1.Service) {
	if needsClusterIP(svc) && needsClusterIP(old) {
		if svc.Spec.ClusterIP == "" && len(svc.Spec.ClusterIPs) == 0 {
			svc.Spec.ClusterIP, svc.Spec.ClusterIPs = old.Spec.ClusterIP, slices.Clone(old.Spec.ClusterIPs)
		}
		if len(svc.Spec.IPFamilies) == 0 {
			svc.Spec.IPFamilies = slices.Clone(old.Spec.IPFamilies)
		}
		if svc.Spec.IPFamilyPolicy == nil {
			svc.Spec.IPFamilyPolicy = old.Spec.IPFamilyPolicy
		}
	}
	if !needsClusterIP(svc) && needsClusterIP(old) && svc.Spec.ClusterIP == old.Spec.ClusterIP {
		svc.Spec.ClusterIP, svc.Spec.ClusterIPs, svc.Spec.IPFamilies, svc.Spec.IPFamilyPolicy = "", nil, nil, nil
	}
	before := map[string]int32{}
	for _, p := range old.Spec.Ports {
		before[portKey(p)] = p.NodePort
	}
	used := map[int32]bool{}
	for _, p := range svc.Spec.Ports {
		used[p.NodePort] = true
	}
	for i := range svc.Spec.Ports {
		p := &svc.Spec.Ports[i]
		was := before[portKey(*p)]
		switch {
		case usesNodePorts(svc) && p.NodePort == 0 && was != 0 && usesNodePorts(old) && !used[was]:
			p.NodePort = was
		case !usesNodePorts(svc) && usesNodePorts(old) && p.NodePort == was:
			p.NodePort = 0
		}
	}
	if needsHealthCheck(svc) && needsHealthCheck(old) && svc.Spec.HealthCheckNodePort == 0 {
		svc.Spec.HealthCheckNodePort = old.Spec.HealthCheckNodePort
	}
	if !needsHealthCheck(svc) && needsHealthCheck(old) && svc.Spec.HealthCheckNodePort == old.Spec.HealthCheckNodePort {
		svc.Spec.HealthCheckNodePort = 0
	}
}

func portKey(p corev1.ServicePort) string { return fmt.Sprint(protocol(p.Protocol), p.Port) }

func needsClusterIP(svc *corev1.Service) bool { return svc.Spec.Type != corev1.ServiceTypeExternalName }

// giveClusterIP fills address and families, or says why it cannot.
func (n *Network) giveClusterIP(svc *corev1.Service, others []*corev1.Service) field.ErrorList {
	if !needsClusterIP(svc) {
		return nil
	}
	spec := &svc.Spec
	switch {
	case spec.ClusterIP == "" && len(spec.ClusterIPs) > 0:
		spec.ClusterIP = spec.ClusterIPs[0]
	case spec.ClusterIP != "" && len(spec.ClusterIPs) == 0:
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
	if errs := giveFamilies(spec); len(errs) > 0 {
		return errs
	}
	if spec.ClusterIP == corev1.ClusterIPNone {
		return nil
	}
	used := map[string]string{}
	for _, o := range others {
		used[o.Spec.ClusterIP] = "service " + o.Namespace + "/" + o.Name
	}
	path := field.NewPath("spec", "clusterIPs")
	if spec.ClusterIP == "" {
		ip, ok := n.freeClusterIP(used)
		if !ok {
			return field.ErrorList{field.InternalError(path, fmt.Errorf("no address is free in the Services' range %s", n.svcs))}
		}
		spec.ClusterIP, spec.ClusterIPs = ip.String(), []string{ip.String()}
		return nil
	}
	ip, err := netip.ParseAddr(spec.ClusterIP)
	switch {
	case err != nil:
		return nil // validation says it better
	case !n.svcs.Contains(ip) || ip == n.svcs.Addr() || ip == last(n.svcs):
		return field.ErrorList{field.Invalid(path, spec.ClusterIPs, fmt.Sprintf("failed to allocate IP %s: the provided IP is not in the valid range. The range of valid IPs is %s", ip, n.svcs))}
	case used[spec.ClusterIP] != "":
		return field.ErrorList{field.Invalid(path, spec.ClusterIPs, fmt.Sprintf("failed to allocate IP %s: provided IP is already allocated to %s", ip, used[spec.ClusterIP]))}
	}
	return nil
}

// freeClusterIP goes round the range, so that an address that was freed is not had again at once. The low addresses
// are left to those who ask for one. Admissions run one at a time.
func (n *Network) freeClusterIP(used map[string]string) (netip.Addr, bool) {
	first := nth(n.svcs, 256)
	if n.svcs.Bits() > 22 {
		first = nth(n.svcs, 11)
	}
	end := last(n.svcs)
	ip := n.nextService
	if !ip.IsValid() {
		ip = first.Prev()
		for text := range used {
			if a, err := netip.ParseAddr(text); err == nil && n.svcs.Contains(a) && ip.Less(a) {
				ip = a
			}
		}
	}
	for range 1 << (32 - n.svcs.Bits()) {
		if ip = ip.Next(); ip.Compare(end) >= 0 {
			ip = first
		}
		if used[ip.String()] == "" {
			n.nextService = ip
			return ip, true
		}
	}
	return netip.Addr{}, false
}

// giveFamilies fills the address families of a machine that has IPv4 for its pods. Headless Services without a
// selector may name any families, since nothing of ours depends on it.
func giveFamilies(spec *corev1.ServiceSpec) field.ErrorList {
	path := field.NewPath("spec")
	if spec.ClusterIP == corev1.ClusterIPNone && len(spec.Selector) == 0 {
		if spec.IPFamilyPolicy == nil {
			p := corev1.IPFamilyPolicyRequireDualStack
			if len(spec.IPFamilies) == 1 {
				p = corev1.IPFamilyPolicySingleStack
			}
			spec.IPFamilyPolicy = &p
		}
		if len(spec.IPFamilies) == 0 {
			spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
			if *spec.IPFamilyPolicy != corev1.IPFamilyPolicySingleStack {
				spec.IPFamilies = append(spec.IPFamilies, corev1.IPv6Protocol)
			}
		}
		return nil
	}
	if spec.IPFamilyPolicy == nil {
		p := corev1.IPFamilyPolicySingleStack
		spec.IPFamilyPolicy = &p
	}
	if *spec.IPFamilyPolicy == corev1.IPFamilyPolicyRequireDualStack {
		return field.ErrorList{field.Invalid(path.Child("ipFamilyPolicy"), *spec.IPFamilyPolicy, "this cluster is not configured for dual-stack services")}
	}
	for i, f := range spec.IPFamilies {
		if f != corev1.IPv4Protocol {
			return field.ErrorList{field.Invalid(path.Child("ipFamilies").Index(i), f, "not configured on this cluster")}
		}
	}
	spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	return nil
}
