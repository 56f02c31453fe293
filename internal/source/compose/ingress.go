package compose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/source/compose/traefik"
)

// addRoutes makes an Ingress of every route: annotations hold for all that is in one.
func (c *compiler) addRoutes() {
	for _, u := range c.units {
		for i, r := range u.routes {
			name := u.pod.id
			if u.pod != u {
				name = u.id
			}
			if len(u.routes) > 1 {
				suffix := label(r.name)
				if suffix == "" {
					suffix = fmt.Sprint(i + 1)
				}
				name = label(u.id + "-" + suffix)
				if suffix == u.id {
					name = u.id
				}
			}
			c.add(c.ingress(u, name, r), u.pod.id, r.path...)
		}
	}
}

func (c *compiler) ingress(u *unit, name string, r route) *networkingv1.Ingress {
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: u.pod.id, Port: networkingv1.ServiceBackendPort{Number: r.port}}}
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: routeAnnotations(r.effects)}}
	var hosts []string
	for _, m := range r.matches {
		kind := networkingv1.PathTypePrefix
		if m.Exact {
			kind = networkingv1.PathTypeExact
		}
		path := networkingv1.HTTPIngressPath{Path: m.Path, PathType: &kind, Backend: backend}
		i := slices.IndexFunc(ing.Spec.Rules, func(o networkingv1.IngressRule) bool { return o.Host == m.Host })
		if i < 0 {
			i = len(ing.Spec.Rules)
			ing.Spec.Rules = append(ing.Spec.Rules, networkingv1.IngressRule{Host: m.Host,
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{}}})
			if m.Host != "" {
				hosts = append(hosts, m.Host)
			}
		}
		rule := ing.Spec.Rules[i].HTTP
		rule.Paths = append(rule.Paths, path)
	}
	if r.tls {
		ing.Spec.TLS = []networkingv1.IngressTLS{{Hosts: hosts}}
	}
	return ing
}

// routeAnnotations are what the gateway does beside routing.
func routeAnnotations(e traefik.Effects) map[string]string {
	a := map[string]string{}
	if len(e.StripPrefix) > 0 {
		a["slipway.dev/strip-prefix"] = strings.Join(e.StripPrefix, ",")
	}
	if e.AddPrefix != "" {
		a["slipway.dev/add-prefix"] = e.AddPrefix
	}
	if e.RedirectHTTPS {
		a["slipway.dev/redirect-https"] = "true"
	}
	if e.Sticky != "" {
		a["slipway.dev/sticky"] = e.Sticky
	}
	for key, headers := range map[string]map[string]string{"slipway.dev/request-headers": e.RequestHeaders, "slipway.dev/response-headers": e.ResponseHeaders} {
		if len(headers) > 0 {
			text, _ := json.Marshal(headers) // strings always can be
			a[key] = string(text)
		}
	}
	if len(a) == 0 {
		return nil
	}
	return a
}
