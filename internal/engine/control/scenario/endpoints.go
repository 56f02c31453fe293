package scenario

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// EndpointsFollowPods promises that the slices of a Service name every pod that it selects, with its readiness, its
// node and its resolved ports, and that they follow.
func EndpointsFollowPods(t *testing.T, c Cluster) {
	d := newDeployment(c, "web", 2, Serves)
	d.Spec.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: c.Namespace()}}
	svc.Spec.Selector = map[string]string{"app": "web"}
	svc.Spec.Ports = []corev1.ServicePort{
		{Name: "http", Port: 80, TargetPort: intstr.FromString("http"), Protocol: corev1.ProtocolTCP},
		{Name: "metrics", Port: 9090, TargetPort: intstr.FromInt32(9091), Protocol: corev1.ProtocolTCP},
	}
	Must(t, c.Create(t.Context(), svc))
	slices := func() []*discoveryv1.EndpointSlice {
		var mine []*discoveryv1.EndpointSlice
		for _, s := range list(t, c, &discoveryv1.EndpointSlice{}) {
			if s.Labels[discoveryv1.LabelServiceName] == "web" && s.AddressType == discoveryv1.AddressTypeIPv4 {
				mine = append(mine, s)
			}
		}
		return mine
	}
	ready := func(want int) {
		t.Helper()
		Eventually(t, fmt.Sprintf("%d ready endpoints", want), func() error {
			n, all := 0, 0
			for _, s := range slices() {
				for _, e := range s.Endpoints {
					all++
					if *e.Conditions.Ready {
						n++
					}
				}
			}
			if n != want || all != want {
				return fmt.Errorf("%d of %d endpoints are ready", n, all)
			}
			return nil
		})
	}
	ready(0)
	Must(t, c.Create(t.Context(), d))
	ready(2)
	s := slices()
	if len(s) != 1 {
		t.Fatalf("%d slices", len(s))
	}
	ports := map[string]int32{}
	for _, p := range s[0].Ports {
		ports[*p.Name] = *p.Port
	}
	if ports["http"] != 8080 || ports["metrics"] != 9091 {
		t.Errorf("ports %v", ports)
	}
	for _, e := range s[0].Endpoints {
		if e.TargetRef == nil || e.TargetRef.Kind != "Pod" || e.NodeName == nil || !*e.Conditions.Serving || *e.Conditions.Terminating {
			t.Errorf("endpoint %+v", e)
		}
	}
	change(t, c, svc, func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "nobody"} })
	ready(0)
	change(t, c, svc, func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "web"} })
	ready(2)
	Must(t, c.Delete(t.Context(), svc, metav1.DeleteOptions{}))
	remaining(t, c, &discoveryv1.EndpointSlice{}, 0)
}
