package workload

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

var probePorts = []*rule.Rule{
	{ID: "probe-port-not-opened", Severity: rule.Broken, Title: "A probe asks on a port that its container does not open",
		Why:     "The probe never succeeds: the pod is never ready, or is restarted for ever.",
		Advice:  "probe a port that the container declares, best by its name",
		Sources: []string{probeDoc, docs + "tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#use-a-named-port"}, Check: probePortNotOpened},
}

func probePortNotOpened(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		for _, b := range []struct {
			name  string
			probe *corev1.Probe
		}{{"startupProbe", c.StartupProbe}, {"readinessProbe", c.ReadinessProbe}, {"livenessProbe", c.LivenessProbe}} {
			port, at, ok := asked(b.probe)
			if !ok || opens(p, c, port) {
				continue
			}
			field := c.Path + "." + b.name + at
			if port.Type == intstr.String {
				p.Report(c.Workload.Object, field, "container %s is probed on port %q and has no port of that name%s", c.Name, port.StrVal, declared(c.Container))
			} else {
				p.Report(c.Workload.Object, field, "container %s is probed on port %d, which it does not open%s", c.Name, port.IntVal, declared(c.Container))
			}
			return
		}
	})
}

// asked is the port that a probe asks on; false for one without, or one that asks another host.
func asked(b *corev1.Probe) (port intstr.IntOrString, field string, ok bool) {
	switch {
	case b == nil:
	case b.HTTPGet != nil && b.HTTPGet.Host == "":
		return b.HTTPGet.Port, ".httpGet.port", true
	case b.TCPSocket != nil && b.TCPSocket.Host == "":
		return b.TCPSocket.Port, ".tcpSocket.port", true
	case b.GRPC != nil:
		return intstr.FromInt32(b.GRPC.Port), ".grpc.port", true
	}
	return port, "", false
}

// opens tells whether a container may listen on a port. A declaration is only information, so one that is not declared
// counts as opened if the number is anywhere in the container's configuration, or if nothing is declared at all.
func opens(p *rule.Pass, c rule.Container, port intstr.IntOrString) bool {
	if port.Type == intstr.String {
		for _, d := range c.Ports {
			if d.Name == port.StrVal {
				return true
			}
		}
		return port.StrVal == ""
	}
	if len(c.Ports) == 0 || port.IntVal == 0 {
		return true
	}
	all := append(append([]corev1.Container{}, c.Workload.Pod.InitContainers...), c.Workload.Pod.Containers...)
	for i := range all { // containers of a pod share its addresses
		for _, d := range all[i].Ports {
			if d.ContainerPort == port.IntVal {
				return true
			}
		}
	}
	return mentions(p, c, fmt.Sprint(port.IntVal)) || extra[port.IntVal] != "" && strings.Contains(c.Image, extra[port.IntVal])
}

// extra are ports that images open beside the one that people declare.
var extra = map[int32]string{9000: "keycloak", 8082: "traefik", 8080: "traefik", 15672: "rabbitmq", 15692: "rabbitmq", 9644: "redpanda", 9600: "logstash", 8222: "nats", 10254: "nginx", 10256: "kube-proxy", 15021: "istio", 4191: "linkerd"}

// mentions tells whether a number is in a container's command, its environment or a configuration that it is given.
func mentions(p *rule.Pass, c rule.Container, number string) bool {
	for _, list := range [][]string{c.Command, c.Args} {
		if strings.Contains(words(list), number) {
			return true
		}
	}
	for _, e := range c.Env {
		if strings.Contains(e.Value, number) {
			return true
		}
	}
	for _, r := range p.From(c.Workload.Object) {
		if r.To == nil || r.Kind != "ConfigMap" && r.Kind != "Secret" {
			if r.To == nil && (r.Kind == "ConfigMap" || r.Kind == "Secret") && !r.Optional {
				return true // what it says, only the cluster knows
			}
			continue
		}
		switch v := r.To.Object.(type) {
		case *corev1.ConfigMap:
			for _, text := range v.Data {
				if strings.Contains(text, number) {
					return true
				}
			}
		case *corev1.Secret:
			for _, text := range v.StringData {
				if strings.Contains(text, number) {
					return true
				}
			}
		}
	}
	return false
}

func declared(c *corev1.Container) string {
	var names []string
	for _, d := range c.Ports {
		name := fmt.Sprint(d.ContainerPort)
		if d.Name != "" {
			name += " (" + d.Name + ")"
		}
		names = append(names, name)
	}
	if names == nil {
		return ""
	}
	return ": it has " + joined(names)
}
