package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// address is where something of an application can be reached from outside.
type address struct {
	Service string `json:"service"`
	URL     string `json:"url"`
}

// addresses are where the application answers: its routes through the gateway, and its published ports.
func (c *cluster) addresses(ctx context.Context, namespace string) []address {
	var found []address
	gateway := c.gateway(ctx)
	ingresses, err := c.client.NetworkingV1().Ingresses(namespace).List(ctx, metav1.ListOptions{})
	if err == nil {
		for i := range ingresses.Items {
			found = append(found, routes(&ingresses.Items[i], gateway)...)
		}
	}
	services, err := c.client.CoreV1().Services(namespace).List(ctx, metav1.ListOptions{})
	if err == nil {
		for i := range services.Items {
			found = append(found, published(&services.Items[i])...)
		}
	}
	slices.SortFunc(found, func(a, b address) int { return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.URL, b.URL)) })
	return slices.Compact(found)
}

// gateway is the address of the engine's gateway, which says it in a ConfigMap; empty on a cluster.
func (c *cluster) gateway(ctx context.Context) string {
	cm, err := c.client.CoreV1().ConfigMaps("kube-system").Get(ctx, "slipway-gateway", metav1.GetOptions{})
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(cm.Data["url"], "/")
}

func routes(ing *networkingv1.Ingress, gateway string) []address {
	base, port := gateway, ""
	if rest, ok := strings.CutPrefix(gateway, "http://"); ok {
		if _, p, ok := strings.Cut(rest, ":"); ok {
			port = ":" + p
		}
	}
	if base == "" {
		for _, a := range ing.Status.LoadBalancer.Ingress {
			base = "http://" + cmp.Or(a.Hostname, a.IP)
		}
	}
	var found []address
	for _, rule := range ing.Spec.Rules {
		where := base
		if rule.Host != "" {
			where = "http://" + rule.Host + port
		}
		if where == "" || rule.HTTP == nil {
			continue
		}
		for _, p := range rule.HTTP.Paths {
			if p.Backend.Service != nil {
				found = append(found, address{p.Backend.Service.Name, where + p.Path})
			}
		}
	}
	return found
}

func published(svc *corev1.Service) []address {
	if svc.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return nil
	}
	host := ""
	for _, a := range svc.Status.LoadBalancer.Ingress {
		host = cmp.Or(a.Hostname, a.IP)
	}
	if host == "" {
		return nil
	}
	var found []address
	for _, p := range svc.Spec.Ports {
		found = append(found, address{svc.Name, fmt.Sprintf("%s://%s:%d", strings.ToLower(string(p.Protocol)), host, p.Port)})
	}
	return found
}
