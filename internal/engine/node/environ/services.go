package environ

import (
	"net"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// services are the variables of the Services that the pod could name: those of its namespace unless enableServiceLinks
// is false, and always the API's. See https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
func services(s *store.Store, pod *corev1.Pod) map[string]string {
	out := map[string]string{}
	if pod.Spec.EnableServiceLinks == nil || *pod.Spec.EnableServiceLinks {
		for _, svc := range store.List[*corev1.Service](s, pod.Namespace, nil) {
			addService(out, svc)
		}
	}
	if svc, err := store.Get[*corev1.Service](s, "default", "kubernetes"); err == nil {
		addService(out, svc)
	}
	return out
}

func addService(out map[string]string, svc *corev1.Service) {
	ip := svc.Spec.ClusterIP
	if ip == "" || ip == corev1.ClusterIPNone || len(svc.Spec.Ports) == 0 {
		return
	}
	name := variable(svc.Name)
	first := svc.Spec.Ports[0]
	out[name+"_SERVICE_HOST"] = ip
	out[name+"_SERVICE_PORT"] = strconv.Itoa(int(first.Port))
	for i, p := range svc.Spec.Ports {
		port := strconv.Itoa(int(p.Port))
		if p.Name != "" {
			out[name+"_SERVICE_PORT_"+variable(p.Name)] = port
		}
		proto := "tcp"
		if p.Protocol != "" {
			proto = strings.ToLower(string(p.Protocol))
		}
		url := proto + "://" + net.JoinHostPort(ip, port)
		if i == 0 {
			out[name+"_PORT"] = url
		}
		prefix := name + "_PORT_" + port + "_" + strings.ToUpper(proto)
		out[prefix] = url
		out[prefix+"_PROTO"] = proto
		out[prefix+"_PORT"] = port
		out[prefix+"_ADDR"] = ip
	}
}

func variable(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }
