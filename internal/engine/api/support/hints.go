package support

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// controllers are those whose annotations on an Ingress mean nothing to the gateway.
var controllers = map[string]string{
	"nginx.ingress.kubernetes.io/":   "ingress-nginx",
	"nginx.org/":                     "NGINX Ingress Controller",
	"traefik.ingress.kubernetes.io/": "Traefik",
	"haproxy.org/":                   "HAProxy",
	"haproxy-ingress.github.io/":     "HAProxy Ingress",
	"alb.ingress.kubernetes.io/":     "the AWS load balancer",
	"konghq.com/":                    "Kong",
	"projectcontour.io/":             "Contour",
	"cert-manager.io/":               "cert-manager",
}

// hints are warnings that are not about one field.
func hints(obj runtime.Object) []string {
	var out []string
	if ing, ok := obj.(*networkingv1.Ingress); ok {
		for _, k := range slices.Sorted(maps.Keys(ing.Annotations)) {
			for prefix, name := range controllers {
				if strings.HasPrefix(k, prefix) {
					out = append(out, "metadata.annotations["+k+"]: no effect here: it is for "+name+", and the gateway routes by spec alone")
				}
			}
		}
	}
	eachContainer(obj, func(p *field.Path, c *corev1.Container) {
		_, limit := c.Resources.Limits[corev1.ResourceEphemeralStorage]
		_, request := c.Resources.Requests[corev1.ResourceEphemeralStorage]
		if limit || request {
			out = append(out, p.Child("resources").String()+": ephemeral-storage has no effect here: the machine's disk is shared; set sizeLimit on emptyDir volumes of medium Memory")
		}
	})
	return out
}

func names(l corev1.ResourceList) []string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(l)) {
		out = append(out, string(n))
	}
	return out
}

func kindName(obj runtime.Object) (string, bool) {
	v := reflect.ValueOf(obj)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return "", false
	}
	return typeName(v.Elem().Type()), true
}

// eachContainer calls f for every container of the object, wherever its pod template is.
func eachContainer(obj runtime.Object, f func(*field.Path, *corev1.Container)) {
	p := field.NewPath("spec")
	var s *corev1.PodSpec
	switch o := obj.(type) {
	case *corev1.Pod:
		s = &o.Spec
	case *appsv1.Deployment:
		s, p = &o.Spec.Template.Spec, p.Child("template", "spec")
	case *appsv1.ReplicaSet:
		s, p = &o.Spec.Template.Spec, p.Child("template", "spec")
	case *appsv1.StatefulSet:
		s, p = &o.Spec.Template.Spec, p.Child("template", "spec")
	case *batchv1.Job:
		s, p = &o.Spec.Template.Spec, p.Child("template", "spec")
	case *batchv1.CronJob:
		s, p = &o.Spec.JobTemplate.Spec.Template.Spec, p.Child("jobTemplate", "spec", "template", "spec")
	default:
		return
	}
	for i := range s.InitContainers {
		f(p.Child("initContainers").Index(i), &s.InitContainers[i])
	}
	for i := range s.Containers {
		f(p.Child("containers").Index(i), &s.Containers[i])
	}
}
