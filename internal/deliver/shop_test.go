package deliver_test

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/objects"
)

// shop is a small application. Its images say what their containers do; see kubelet.
type shop struct {
	api, migrate string // images
	greeting     string // in the API's ConfigMap
	replicas     int32
	without      string // "Kind/name" left out
}

func (s shop) app() *objects.Application {
	app := &objects.Application{Name: "shop", Namespace: "shop"}
	add := func(name, service string, obj runtime.Object) {
		o := objects.New(obj, objects.Origin{File: "compose.yaml", Line: len(app.Objects) + 1})
		m := o.Meta()
		m.SetName(name)
		if o.Kind() != "Namespace" {
			m.SetNamespace("shop")
		}
		m.SetLabels(labels(service))
		if o.Kind()+"/"+service != s.without {
			app.Add(o)
		}
	}
	add("shop", "shop", &corev1.Namespace{})
	add("db", "db", &corev1.Service{Spec: corev1.ServiceSpec{ClusterIP: "None", Selector: labels("db"), Ports: []corev1.ServicePort{{Port: 3306}}}})
	db := &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{
		ServiceName: "db", Selector: &metav1.LabelSelector{MatchLabels: labels("db")}, Template: template("db", "serves:db"),
		VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{
			ObjectMeta: metav1.ObjectMeta{Name: "data"},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
			},
		}},
	}}
	add("db", "db", db)
	job := &batchv1.Job{Spec: batchv1.JobSpec{BackoffLimit: new(int32), Template: template("migrate", s.migrate)}}
	job.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	job.Annotations = map[string]string{objects.AfterAnnotation: "StatefulSet/db"}
	add("migrate-"+strings.ReplaceAll(s.migrate, ":", "-"), "migrate", job)
	add("api", "api", &corev1.ConfigMap{Data: map[string]string{"greeting": s.greeting}})
	api := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{
		Replicas: &s.replicas, Selector: &metav1.LabelSelector{MatchLabels: labels("api")}, Template: template("api", s.api),
	}}
	api.Annotations = map[string]string{objects.AfterAnnotation: "Job/migrate-" + strings.ReplaceAll(s.migrate, ":", "-") + ",StatefulSet/db"}
	if s.without == "Job/migrate" {
		api.Annotations = nil
	}
	api.Spec.Template.Annotations = map[string]string{objects.ConfigHashAnnotation: s.greeting}
	api.Spec.Template.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: "api"},
	}}}
	add("api", "api", api)
	add("api", "api", &corev1.Service{Spec: corev1.ServiceSpec{Selector: labels("api"), Ports: []corev1.ServicePort{{Port: 8080}}}})
	prefix := networkingv1.PathTypePrefix
	add("api", "api", &networkingv1.Ingress{Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
			Path: "/", PathType: &prefix, Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
				Name: "api", Port: networkingv1.ServiceBackendPort{Number: 8080},
			}},
		}}}},
	}}}})
	return app
}

func labels(service string) map[string]string {
	return map[string]string{objects.LabelName: service, objects.LabelPartOf: "shop", objects.LabelManagedBy: objects.Manager}
}

func template(service, image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels(service)},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: service, Image: image}}},
	}
}

var good = shop{api: "serves:1", migrate: "completes:1", greeting: "hello", replicas: 2}
