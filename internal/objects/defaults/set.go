package defaults

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
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
	case *appsv1.DaemonSet:
		setDaemonSet(o)
	case *corev1.ReplicationController:
		setReplicationController(o)
	case *corev1.PodTemplate:
		setTemplate(&o.Template)
	case *corev1.LimitRange:
		for i := range o.Spec.Limits {
			setLimits(&o.Spec.Limits[i])
		}
	case *corev1.ResourceQuota:
		setResources(o.Spec.Hard)
	case *corev1.Endpoints: //nolint:staticcheck // people's files still have it
		for _, s := range o.Subsets {
			for i := range s.Ports {
				text(&s.Ports[i].Protocol, corev1.ProtocolTCP)
			}
		}
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
	case *storagev1.CSIDriver:
		setDriver(&o.Spec)
	default:
		setClusterKind(obj)
	}
}

// setClusterKind is Set for kinds that those who run a cluster write.
func setClusterKind(obj runtime.Object) {
	switch o := obj.(type) {
	case *rbacv1.RoleBinding:
		setBinding(&o.RoleRef, o.Subjects)
	case *rbacv1.ClusterRoleBinding:
		setBinding(&o.RoleRef, o.Subjects)
	case *schedulingv1.PriorityClass:
		value(&o.PreemptionPolicy, corev1.PreemptLowerPriority)
	case *nodev1.RuntimeClass:
		if o.Overhead != nil {
			setResources(o.Overhead.PodFixed)
		}
	case *admissionv1.ValidatingWebhookConfiguration:
		for i := range o.Webhooks {
			w := &o.Webhooks[i]
			setWebhook(&w.ClientConfig, w.Rules, &w.FailurePolicy, &w.MatchPolicy, &w.NamespaceSelector, &w.ObjectSelector, &w.TimeoutSeconds)
		}
	case *admissionv1.MutatingWebhookConfiguration:
		for i := range o.Webhooks {
			w := &o.Webhooks[i]
			setWebhook(&w.ClientConfig, w.Rules, &w.FailurePolicy, &w.MatchPolicy, &w.NamespaceSelector, &w.ObjectSelector, &w.TimeoutSeconds)
			value(&w.ReinvocationPolicy, admissionv1.NeverReinvocationPolicy)
		}
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
