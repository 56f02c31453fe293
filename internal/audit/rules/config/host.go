package config

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

type place struct {
	object *objects.Object
	field  string
}

// connections visits every server that a container is told to connect to, each place where that is written once.
func connections(p *rule.Pass, visit func(c rule.Container, conn known.Connection)) {
	seen := map[place]bool{}
	p.Containers(func(c rule.Container) {
		for _, conn := range known.Connections(p.Graph, c.Workload, c.Container, c.Path) {
			at := place{conn.Variable.Object, conn.Variable.Field + conn.Host}
			if !seen[at] {
				seen[at] = true
				visit(c, conn)
			}
		}
	})
}

// hostWithoutService finds names of servers that no Service has.
func hostWithoutService(p *rule.Pass) {
	made := known.OperatorsOf(p.Graph)
	connections(p, func(c rule.Container, conn known.Connection) {
		v := conn.Variable
		if conn.Service != nil || conn.Namespace == "" || resolves(c.Workload.Pod, conn.Host) {
			return
		}
		name, _, _ := strings.Cut(conn.Host, ".")
		if made.Make(conn.Namespace, name) || conn.Namespace == "kube-system" {
			return
		}
		if conn.Namespace != c.Workload.Namespace() && !described(p, conn.Namespace) {
			return // it is somebody else's, and nothing is known of what is in it
		}
		near := hint(p, "Service", conn.Namespace, name)
		if w := server(p, conn); w != nil && near == "" {
			near = fmt.Sprintf("; the pods of %s %s have none", strings.ToLower(w.Kind()), w.Namespace()+"/"+w.Name())
		}
		f := p.Report(v.Object, v.Field, "%s names the host %s, and there is no Service %s in namespace %s%s", v.Name, conn.Host, name, conn.Namespace, near)
		f.Advise(fmt.Sprintf("add a Service %s in namespace %s, or name one that is there", name, conn.Namespace))
	})
}

// described says that pods of the namespace are in the files.
func described(p *rule.Pass, namespace string) bool { return len(p.InNamespace(namespace)) > 0 }

// resolves says that a pod finds a name by other means than Services.
func resolves(pod *corev1.PodSpec, host string) bool {
	for _, alias := range pod.HostAliases {
		for _, name := range alias.Hostnames {
			if strings.EqualFold(name, host) {
				return true
			}
		}
	}
	return pod.DNSPolicy == corev1.DNSDefault || pod.DNSPolicy == corev1.DNSNone || pod.HostNetwork && pod.DNSPolicy != corev1.DNSClusterFirstWithHostNet ||
		strings.EqualFold(pod.Hostname, host)
}

// portWithoutService finds ports that the Service of that name does not have.
func portWithoutService(p *rule.Pass) {
	connections(p, func(_ rule.Container, conn known.Connection) {
		if conn.Service == nil || conn.Port == 0 {
			return
		}
		s, ok := conn.Service.Object.(*corev1.Service)
		if !ok || s.Spec.ClusterIP == corev1.ClusterIPNone || s.Spec.Type == corev1.ServiceTypeExternalName || len(s.Spec.Ports) == 0 {
			return
		}
		var has []string
		for _, port := range s.Spec.Ports {
			if int(port.Port) == conn.Port {
				return
			}
			has = append(has, fmt.Sprint(port.Port))
		}
		v := conn.Variable
		if conn.PortOf != nil {
			v = *conn.PortOf
		}
		p.Report(v.Object, v.Field, "%s leads to port %d of Service %s, which has %s %s", v.Name, conn.Port, conn.Service.Name(),
			plural(len(has), "port", "ports"), strings.Join(has, ", "))
	})
}
