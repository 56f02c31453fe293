package network

import (
	"errors"
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The range of node ports, as Kubernetes has it by default.
const (
	firstNodePort = 30000
	lastNodePort  = 32767
)

// usesNodePorts tells whether the ports of a Service of that type have node ports.
func usesNodePorts(svc *corev1.Service) bool {
	return svc.Spec.Type == corev1.ServiceTypeNodePort || svc.Spec.Type == corev1.ServiceTypeLoadBalancer
}

// wantsNodePorts tells whether node ports that were not asked for are allocated.
func wantsNodePorts(svc *corev1.Service) bool {
	return svc.Spec.Type == corev1.ServiceTypeNodePort ||
		svc.Spec.Type == corev1.ServiceTypeLoadBalancer && deref(svc.Spec.AllocateLoadBalancerNodePorts, true)
}

func needsHealthCheck(svc *corev1.Service) bool {
	return svc.Spec.Type == corev1.ServiceTypeLoadBalancer && svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
}

// giveNodePorts fills node ports and the health check's, or says why it cannot.
func (n *Network) giveNodePorts(svc *corev1.Service, others []*corev1.Service) field.ErrorList {
	if !usesNodePorts(svc) {
		return nil
	}
	used := map[int32]string{}
	for _, o := range others {
		for _, p := range nodePorts(o) {
			used[p] = "service " + o.Namespace + "/" + o.Name
		}
	}
	var errs field.ErrorList
	check := func(path *field.Path, port int32) {
		switch {
		case port < firstNodePort || port > lastNodePort:
			errs = append(errs, field.Invalid(path, port, fmt.Sprintf("provided port is not in the valid range. The range of valid ports is %d-%d", firstNodePort, lastNodePort)))
		case used[port] != "":
			errs = append(errs, field.Invalid(path, port, "provided port is already allocated to "+used[port]))
		}
	}
	mine := map[int32]bool{}
	for i := range svc.Spec.Ports {
		if p := svc.Spec.Ports[i].NodePort; p != 0 {
			check(field.NewPath("spec", "ports").Index(i).Child("nodePort"), p)
			mine[p] = true
		}
	}
	if needsHealthCheck(svc) && svc.Spec.HealthCheckNodePort != 0 {
		check(field.NewPath("spec", "healthCheckNodePort"), svc.Spec.HealthCheckNodePort)
		mine[svc.Spec.HealthCheckNodePort] = true
	}
	if len(errs) > 0 {
		return errs
	}
	find := func(path *field.Path, proto corev1.Protocol) int32 {
		start, last := rand.IntN(lastNodePort-firstNodePort+1), errors.New("all belong to Services")
		for i := range lastNodePort - firstNodePort + 1 {
			port := int32(firstNodePort + (start+i)%(lastNodePort-firstNodePort+1))
			if used[port] != "" || mine[port] {
				continue
			}
			if last = n.holds.try(hostPort{proto: proto, port: uint16(port)}); last == nil {
				mine[port] = true
				return port
			}
		}
		errs = append(errs, field.InternalError(path, fmt.Errorf("no port from %d to %d is free: %w", firstNodePort, lastNodePort, last)))
		return 0
	}
	if wantsNodePorts(svc) {
		same := map[int32]int32{} // one number for the protocols of one port
		for i := range svc.Spec.Ports {
			p := &svc.Spec.Ports[i]
			if p.NodePort == 0 {
				if p.NodePort = same[p.Port]; p.NodePort == 0 {
					p.NodePort = find(field.NewPath("spec", "ports").Index(i).Child("nodePort"), protocol(p.Protocol))
				}
			}
			same[p.Port] = p.NodePort
		}
	}
	if needsHealthCheck(svc) && svc.Spec.HealthCheckNodePort == 0 {
		svc.Spec.HealthCheckNodePort = find(field.NewPath("spec", "healthCheckNodePort"), corev1.ProtocolTCP)
	}
	return errs
}

func nodePorts(svc *corev1.Service) []int32 {
	var out []int32
	for _, p := range svc.Spec.Ports {
		if p.NodePort != 0 {
			out = append(out, p.NodePort)
		}
	}
	if svc.Spec.HealthCheckNodePort != 0 {
		out = append(out, svc.Spec.HealthCheckNodePort)
	}
	return out
}
