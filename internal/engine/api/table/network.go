package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func (r row) service(s *corev1.Service) metav1.TableRow {
	cluster := "<none>"
	if len(s.Spec.ClusterIPs) > 0 {
		cluster = s.Spec.ClusterIPs[0]
	}
	var ports []string
	for _, p := range s.Spec.Ports {
		text := strconv.Itoa(int(p.Port))
		if p.NodePort > 0 {
			text += ":" + strconv.Itoa(int(p.NodePort))
		}
		ports = append(ports, text+"/"+string(p.Protocol))
	}
	return r.of(r.name, string(s.Spec.Type), cluster, external(s), or(strings.Join(ports, ","), "<none>"), r.age, labels.FormatLabels(s.Spec.Selector))
}

func external(s *corev1.Service) string {
	ips := strings.Join(s.Spec.ExternalIPs, ",")
	switch s.Spec.Type {
	case corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort:
		return or(ips, "<none>")
	case corev1.ServiceTypeLoadBalancer:
		var list []string
		for _, i := range s.Status.LoadBalancer.Ingress {
			list = append(list, or(i.IP, i.Hostname))
		}
		list = tidy(list)
		return or(strings.Join(append(list, s.Spec.ExternalIPs...), ","), "<pending>")
	case corev1.ServiceTypeExternalName:
		return s.Spec.ExternalName
	}
	return "<unknown>"
}

// tidy sorts, and drops what is empty or there twice.
func tidy(list []string) []string {
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
}

func (r row) ingress(i *networkingv1.Ingress) metav1.TableRow {
	var addresses []string
	for _, a := range i.Status.LoadBalancer.Ingress {
		addresses = append(addresses, or(a.IP, a.Hostname))
	}
	ports := "80"
	if len(i.Spec.TLS) > 0 {
		ports = "80, 443"
	}
	return r.of(r.name, some(i.Spec.IngressClassName, "<none>"), hosts(i.Spec.Rules), strings.Join(tidy(addresses), ","), ports, r.age)
}

// shown is how many of a list a cell holds.
const shown = 3

func hosts(rules []networkingv1.IngressRule) string {
	var list []string
	more := false
	for _, rule := range rules {
		more = more || len(list) == shown
		if !more && rule.Host != "" {
			list = append(list, rule.Host)
		}
	}
	text := or(strings.Join(list, ","), "*")
	if more {
		text += fmt.Sprintf(" + %d more...", len(rules)-shown)
	}
	return text
}

func (r row) ingressClass(c *networkingv1.IngressClass) metav1.TableRow {
	name := r.name
	if c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true" {
		name += " (default)"
	}
	parameters := "<none>"
	if p := c.Spec.Parameters; p != nil {
		parameters = p.Kind
		if p.APIGroup != nil {
			parameters += "." + *p.APIGroup
		}
		parameters += "/" + p.Name
	}
	return r.of(name, c.Spec.Controller, parameters, r.age)
}

func few(list []string) string {
	if len(list) > shown {
		return fmt.Sprintf("%s + %d more...", strings.Join(list[:shown], ","), len(list)-shown)
	}
	return or(strings.Join(list, ","), "<unset>")
}

func slicePorts(ports []discoveryv1.EndpointPort) string {
	var list []string
	for _, p := range ports {
		text := "*"
		if p.Port != nil {
			text = strconv.Itoa(int(*p.Port))
		} else if p.Name != nil {
			text = *p.Name
		}
		list = append(list, text)
	}
	return few(list)
}

func sliceAddresses(endpoints []discoveryv1.Endpoint) string {
	var list []string
	for _, e := range endpoints {
		list = append(list, e.Addresses...)
	}
	return few(list)
}
