package defaults

import (
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Create is Set for an object that is about to be created, and does what a server does only then: a new object has no
// status of its author's making (nodes excepted), and a namespace gets the finalizer that empties it.
func Create(obj runtime.Object) {
	switch o := obj.(type) {
	case *corev1.Pod:
		o.Status = corev1.PodStatus{}
		if len(o.Spec.SchedulingGates) > 0 {
			o.Status.Conditions = []corev1.PodCondition{{
				Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonSchedulingGated,
				Message: "Scheduling is blocked due to non-empty scheduling gates", LastTransitionTime: metav1.NewTime(time.Now().Truncate(time.Second)),
			}}
		}
	case *corev1.Service:
		o.Status = corev1.ServiceStatus{}
		if o.Spec.ClusterIP != "" && len(o.Spec.ClusterIPs) == 0 { // of every type, to be judged
			o.Spec.ClusterIPs = []string{o.Spec.ClusterIP}
		}
	case *corev1.Namespace:
		o.Status = corev1.NamespaceStatus{}
		if !slices.Contains(o.Spec.Finalizers, corev1.FinalizerKubernetes) {
			o.Spec.Finalizers = append(o.Spec.Finalizers, corev1.FinalizerKubernetes)
		}
	case *corev1.PersistentVolume:
		now := metav1.NewTime(time.Now().Truncate(time.Second))
		o.Status = corev1.PersistentVolumeStatus{LastPhaseTransitionTime: &now}
	case *corev1.PersistentVolumeClaim:
		o.Status = corev1.PersistentVolumeClaimStatus{}
	case *appsv1.Deployment:
		o.Status = appsv1.DeploymentStatus{}
	case *appsv1.ReplicaSet:
		o.Status = appsv1.ReplicaSetStatus{}
	case *appsv1.StatefulSet:
		o.Status = appsv1.StatefulSetStatus{}
	case *appsv1.DaemonSet:
		o.Status = appsv1.DaemonSetStatus{}
		if o.Annotations == nil {
			o.Annotations = map[string]string{}
		}
		o.Annotations[appsv1.DeprecatedTemplateGeneration] = "1"
	case *corev1.ReplicationController:
		o.Status = corev1.ReplicationControllerStatus{}
	case *corev1.ResourceQuota:
		o.Status = corev1.ResourceQuotaStatus{}
	case *batchv1.Job:
		o.Status = batchv1.JobStatus{}
	case *batchv1.CronJob:
		o.Status = batchv1.CronJobStatus{}
	case *autoscalingv2.HorizontalPodAutoscaler:
		o.Status = autoscalingv2.HorizontalPodAutoscalerStatus{}
	case *networkingv1.Ingress:
		o.Status = networkingv1.IngressStatus{}
	case *policyv1.PodDisruptionBudget:
		o.Status = policyv1.PodDisruptionBudgetStatus{}
	}
	Set(obj)
}

// Update is Set for an object that is about to replace old, and takes from old what a server takes when the new
// object does not say: the addresses and ports allocated to a Service, a namespace's finalizers. What was allocated
// for a type that a Service no longer has goes.
func Update(obj, old runtime.Object) {
	switch o := obj.(type) {
	case *corev1.Namespace:
		if b, ok := old.(*corev1.Namespace); ok {
			o.Spec.Finalizers = slices.Clone(b.Spec.Finalizers)
		}
	case *corev1.Service:
		if b, ok := old.(*corev1.Service); ok {
			text(&o.Spec.Type, corev1.ServiceTypeClusterIP)
			keepAllocated(&o.Spec, b.Spec.DeepCopy())
			dropUnneeded(&o.Spec, &b.Spec)
		}
	}
	Set(obj)
}

func hasNodePorts(s *corev1.ServiceSpec) bool {
	return s.Type == corev1.ServiceTypeNodePort || s.Type == corev1.ServiceTypeLoadBalancer
}

func keepAllocated(s, old *corev1.ServiceSpec) {
	if s.Type != corev1.ServiceTypeExternalName && old.Type != corev1.ServiceTypeExternalName {
		text(&s.ClusterIP, old.ClusterIP)
		if len(s.ClusterIPs) == 0 && s.ClusterIP == old.ClusterIP {
			s.ClusterIPs = old.ClusterIPs
		}
		if len(s.IPFamilies) == 0 {
			s.IPFamilies = old.IPFamilies
		}
		if s.IPFamilyPolicy == nil {
			s.IPFamilyPolicy = old.IPFamilyPolicy
		}
	}
	if hasNodePorts(s) && hasNodePorts(old) {
		given, byName := map[int32]bool{}, map[string]int32{}
		for _, p := range s.Ports {
			given[p.NodePort] = true
		}
		for _, p := range old.Ports {
			byName[p.Name] = p.NodePort
		}
		for i := range s.Ports {
			if p := &s.Ports[i]; p.NodePort == 0 && !given[byName[p.Name]] {
				p.NodePort = byName[p.Name]
			}
		}
	}
	if local(s) && local(old) {
		text(&s.HealthCheckNodePort, old.HealthCheckNodePort)
	}
}

func local(s *corev1.ServiceSpec) bool {
	return s.Type == corev1.ServiceTypeLoadBalancer && s.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
}

// dropUnneeded clears fields that the new type does not have, if the author of the update did not change them too.
func dropUnneeded(s, old *corev1.ServiceSpec) {
	if s.Type == corev1.ServiceTypeExternalName && old.Type != s.Type {
		if s.ClusterIP == old.ClusterIP && slices.Equal(s.ClusterIPs, old.ClusterIPs) {
			s.ClusterIP, s.ClusterIPs = "", nil
		}
		if slices.Equal(s.IPFamilies, old.IPFamilies) {
			s.IPFamilies = nil
		}
		if same(s.IPFamilyPolicy, old.IPFamilyPolicy) {
			s.IPFamilyPolicy = nil
		}
		if same(s.InternalTrafficPolicy, old.InternalTrafficPolicy) {
			s.InternalTrafficPolicy = nil
		}
	}
	if hasNodePorts(old) && !hasNodePorts(s) {
		had := map[int32]bool{0: true}
		for _, p := range old.Ports {
			had[p.NodePort] = true
		}
		added := slices.ContainsFunc(s.Ports, func(p corev1.ServicePort) bool { return !had[p.NodePort] })
		for i := range s.Ports {
			if !added {
				s.Ports[i].NodePort = 0
			}
		}
		if len(s.ExternalIPs) == 0 && s.ExternalTrafficPolicy == old.ExternalTrafficPolicy {
			s.ExternalTrafficPolicy = ""
		}
	}
	if local(old) && !local(s) && s.HealthCheckNodePort == old.HealthCheckNodePort {
		s.HealthCheckNodePort = 0
	}
	if old.Type == corev1.ServiceTypeLoadBalancer && s.Type != old.Type {
		if same(s.AllocateLoadBalancerNodePorts, old.AllocateLoadBalancerNodePorts) {
			s.AllocateLoadBalancerNodePorts = nil
		}
		if same(s.LoadBalancerClass, old.LoadBalancerClass) {
			s.LoadBalancerClass = nil
		}
	}
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }
