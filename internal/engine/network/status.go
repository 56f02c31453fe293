package network

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// reportBalancers writes the host's main address into the status of Services of type LoadBalancer.
func (n *Network) reportBalancers(w *world) {
	for _, svc := range w.services {
		want := w.balancer(svc)
		if reflect.DeepEqual(svc.Status.LoadBalancer.Ingress, want) || len(svc.Status.LoadBalancer.Ingress)+len(want) == 0 {
			continue
		}
		if svc.Spec.Type == corev1.ServiceTypeLoadBalancer && !balanced(svc) {
			continue // another's
		}
		_, err := store.ModifyStatus(n.store, svc.Namespace, svc.Name, func(s *corev1.Service) error {
			s.Status.LoadBalancer.Ingress = w.balancer(s)
			return nil
		})
		if err != nil && !apierrors.IsNotFound(err) {
			n.log.Error("network: status of a Service not written", "service", svc.Namespace+"/"+svc.Name, "err", err)
		}
	}
}

func (w *world) balancer(svc *corev1.Service) []corev1.LoadBalancerIngress {
	if !balanced(svc) {
		return nil
	}
	mode := corev1.LoadBalancerIPModeVIP
	return []corev1.LoadBalancerIngress{{IP: w.main.String(), IPMode: &mode}}
}
