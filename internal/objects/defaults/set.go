package defaults

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Set fills in what the author of an object left to Kubernetes. Objects of kinds that have no defaults, or that are
// not known, stay as they are.
func Set(obj runtime.Object) {
	switch o := obj.(type) {
	case *corev1.Pod:
		setPod(o)
	case *corev1.Service:
		setService(o)
	case *corev1.Namespace:
		setNamespace(o)
	case *corev1.Node:
		setNode(o)
	case *corev1.ConfigMap:
		if o.Data == nil {
			o.Data = map[string]string{}
		}
	case *corev1.Secret:
		setSecret(o)
	case *corev1.PersistentVolume:
		setVolume(o)
	case *corev1.PersistentVolumeClaim:
		setClaim(o)
		carrySource(&o.Spec)
	case *appsv1.Deployment:
		setDeployment(o)
	case *appsv1.ReplicaSet:
		value(&o.Spec.Replicas, 1)
		setTemplate(&o.Spec.Template)
	case *appsv1.StatefulSet:
		setStatefulSet(o)
	case *batchv1.Job:
		setJob(o)
	case *batchv1.CronJob:
		setCronJob(o)
	case *autoscalingv2.HorizontalPodAutoscaler:
		setAutoscaler(o)
	case *networkingv1.NetworkPolicy:
		setNetworkPolicy(o)
	case *networkingv1.IngressClass:
		if p := o.Spec.Parameters; p != nil {
			value(&p.Scope, networkingv1.IngressClassParametersReferenceScopeCluster)
		}
	case *discoveryv1.EndpointSlice:
		for i := range o.Ports {
			value(&o.Ports[i].Name, "")
			value(&o.Ports[i].Protocol, corev1.ProtocolTCP)
		}
	case *storagev1.StorageClass:
		value(&o.ReclaimPolicy, corev1.PersistentVolumeReclaimDelete)
		value(&o.VolumeBindingMode, storagev1.VolumeBindingImmediate)
	}
}

// value gives an optional field its default.
func value[T any](p **T, v T) {
	if *p == nil {
		*p = &v
	}
}

// text gives a field whose zero value means "not given" its default.
func text[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}
