package objects_test

import (
	"fmt"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

func TestEveryReferenceIsFound(t *testing.T) {
	a := &objects.Application{Namespace: "shop"}
	class := "fast"
	tpl := pods("api", "api-env")
	tpl.Spec.ServiceAccountName = "robot"
	tpl.Spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "pull"}}
	tpl.Spec.Containers[0].Env = []corev1.EnvVar{
		{Name: "P", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "db"}}}},
		{Name: "C", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "cfg"}}}},
	}
	tpl.Spec.InitContainers = []corev1.Container{{Name: "i", EnvFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "init"}}}}}}
	tpl.Spec.Volumes = []corev1.Volume{
		{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}},
		{VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "files"}}}},
		{VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "cert"}}},
		{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "a"}}},
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "b"}}}}}}},
	}
	sel := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "api"}}
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "api"}}
	a.Add(
		objects.New(&appsv1.Deployment{ObjectMeta: meta("api"), Spec: appsv1.DeploymentSpec{Template: tpl}}, objects.Origin{}),
		objects.New(&corev1.Service{ObjectMeta: meta("api"), Spec: corev1.ServiceSpec{Selector: sel.MatchLabels}}, objects.Origin{}),
		objects.New(&corev1.Service{ObjectMeta: meta("lost"), Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "x"}}}, objects.Origin{}),
		objects.New(&networkingv1.NetworkPolicy{ObjectMeta: meta("np"), Spec: networkingv1.NetworkPolicySpec{PodSelector: *sel}}, objects.Origin{}),
		objects.New(&policyv1.PodDisruptionBudget{ObjectMeta: meta("pdb"), Spec: policyv1.PodDisruptionBudgetSpec{Selector: sel}}, objects.Origin{}),
		objects.New(&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta("hpa"), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: "api"}}}, objects.Origin{}),
		objects.New(&corev1.PersistentVolumeClaim{ObjectMeta: meta("data"), Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class}}, objects.Origin{}),
		objects.New(&networkingv1.Ingress{ObjectMeta: meta("in"), Spec: networkingv1.IngressSpec{IngressClassName: &class, DefaultBackend: &backend,
			TLS: []networkingv1.IngressTLS{{SecretName: "tls"}},
			Rules: []networkingv1.IngressRule{{IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
				Paths: []networkingv1.HTTPIngressPath{{Backend: backend}}}}}}}}, objects.Origin{}),
		objects.New(&appsv1.StatefulSet{ObjectMeta: meta("db"), Spec: appsv1.StatefulSetSpec{ServiceName: "gone", Template: pods("db", "")}}, objects.Origin{}),
	)
	var got []string
	for _, r := range a.References() {
		to := "missing"
		if r.To != nil {
			to = "found"
		}
		got = append(got, fmt.Sprintf("%s %s %s/%s %s", r.From, r.Field, r.Kind, r.Name, to))
	}
	pod := "spec.template.spec"
	for _, want := range []string{
		"Deployment/api " + pod + ".serviceAccountName ServiceAccount/robot missing",
		"Deployment/api " + pod + ".imagePullSecrets[0] Secret/pull missing",
		"Deployment/api " + pod + ".initContainers[0].envFrom[0].secretRef Secret/init missing",
		"Deployment/api " + pod + ".containers[0].envFrom[0].configMapRef ConfigMap/api-env missing",
		"Deployment/api " + pod + ".containers[0].env[0].valueFrom.secretKeyRef Secret/db missing",
		"Deployment/api " + pod + ".containers[0].env[1].valueFrom.configMapKeyRef ConfigMap/cfg missing",
		"Deployment/api " + pod + ".volumes[0].persistentVolumeClaim PersistentVolumeClaim/data found",
		"Deployment/api " + pod + ".volumes[1].configMap ConfigMap/files missing",
		"Deployment/api " + pod + ".volumes[2].secret Secret/cert missing",
		"Deployment/api " + pod + ".volumes[3].projected.sources[0].secret Secret/a missing",
		"Deployment/api " + pod + ".volumes[3].projected.sources[1].configMap ConfigMap/b missing",
		"Service/api spec.selector Deployment/api found",
		"Service/lost spec.selector Pod/ missing",
		"NetworkPolicy/np spec.podSelector Deployment/api found",
		"PodDisruptionBudget/pdb spec.selector Deployment/api found",
		"HorizontalPodAutoscaler/hpa spec.scaleTargetRef Deployment/api found",
		"PersistentVolumeClaim/data spec.storageClassName StorageClass/fast missing",
		"Ingress/in spec.ingressClassName IngressClass/fast missing",
		"Ingress/in spec.defaultBackend.service Service/api found",
		"Ingress/in spec.rules[0].http.paths[0].backend.service Service/api found",
		"Ingress/in spec.tls[0].secretName Secret/tls missing",
		"StatefulSet/db spec.serviceName Service/gone missing",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("not found: %s", want)
		}
	}
	if users := a.Users("Service", "api"); len(users) != 1 || users[0].Name() != "in" {
		t.Errorf("users of Service/api: %v", users)
	}
}

func TestAFieldWithoutAPlaceHasThatOfTheFieldAroundIt(t *testing.T) {
	o := objects.New(&corev1.Secret{ObjectMeta: meta("s")}, objects.Origin{File: "f", Line: 1})
	o.SetOrigin("spec.containers[0]", objects.Origin{File: "f", Line: 2})
	o.SetOrigin("spec.containers[0].env", objects.Origin{File: "f", Line: 3})
	for field, want := range map[string]int{"spec.containers[0].env[1].name": 3, "spec.containers[0].image": 2, "spec.containers[1]": 1, "metadata": 1, "": 1} {
		if got := o.OriginOf(field).Line; got != want {
			t.Errorf("%s: line %d, want %d", field, got, want)
		}
	}
	if s := (objects.Origin{File: "f", Line: 3, Path: "a.b"}).String(); s != "f:3: a.b" {
		t.Error(s)
	}
}
