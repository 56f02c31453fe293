package validate

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// body judges everything but the metadata. old is nil when the object is new.
func body(f *findings, obj, old runtime.Object) {
	update := old != nil
	switch o := obj.(type) {
	case *corev1.Pod:
		b, _ := old.(*corev1.Pod)
		wholePod(f, o, b)
	case *corev1.Service:
		b, _ := old.(*corev1.Service)
		service(f, o, b)
	case *corev1.Secret:
		secret(f, o)
	case *corev1.ConfigMap:
		configMap(f, o)
	case *corev1.PersistentVolumeClaim:
		claimSpec(f, objectSpec, &o.Spec)
	case *corev1.PersistentVolume:
		persistentVolume(f, &o.Spec)
	case *corev1.Namespace:
		namespace(f, o, update)
	case *corev1.Node:
		taints(f, metadata.Child("taints"), o.Spec.Taints)
		for i, c := range o.Spec.PodCIDRs {
			f.all(validation.IsValidCIDRForLegacyField(objectSpec.Child("podCIDRs").Index(i), c, true, nil))
		}
	case *corev1.Event:
		event(f, o)
	case *corev1.ReplicationController:
		replicationController(f, &o.Spec)
	case *corev1.PodTemplate:
		template(f, field.NewPath("template"), &o.Template)
	case *corev1.ResourceQuota:
		resourceQuota(f, &o.Spec)
	case *corev1.LimitRange:
		limitRange(f, &o.Spec)
	case *corev1.Endpoints: //nolint:staticcheck // people's files still have it
		endpointsOf(f, o.Subsets)
	case *appsv1.Deployment:
		deployment(f, &o.Spec)
	case *appsv1.ReplicaSet:
		replicaSet(f, &o.Spec)
	case *appsv1.StatefulSet:
		statefulSet(f, &o.Spec, update)
	case *appsv1.DaemonSet:
		daemonSet(f, &o.Spec)
	case *appsv1.ControllerRevision:
		revision(f, o, update)
	case *batchv1.Job:
		job(f, o)
	case *batchv1.CronJob:
		cronJob(f, &o.Spec)
	case *autoscalingv2.HorizontalPodAutoscaler:
		b, _ := old.(*autoscalingv2.HorizontalPodAutoscaler)
		if b == nil {
			autoscaler(f, &o.Spec, nil)
		} else {
			autoscaler(f, &o.Spec, &b.Spec)
		}
	case *discoveryv1.EndpointSlice:
		endpointSlice(f, o)
	case *networkingv1.Ingress:
		ingress(f, o, update)
	case *networkingv1.IngressClass:
		ingressClass(f, &o.Spec)
	case *networkingv1.NetworkPolicy:
		networkPolicy(f, &o.Spec)
	case *policyv1.PodDisruptionBudget:
		budget(f, &o.Spec)
	case *storagev1.StorageClass:
		storageClass(f, o)
	case *storagev1.VolumeAttributesClass:
		attributesClass(f, o)
	case *storagev1.CSIDriver:
		csiDriver(f, &o.Spec)
	case *storagev1.CSINode:
		csiNode(f, &o.Spec)
	case *storagev1.CSIStorageCapacity:
		f.selector(field.NewPath("nodeTopology"), o.NodeTopology)
		f.subdomain(field.NewPath("storageClassName"), o.StorageClassName)
		if q := o.Capacity; q != nil && q.Sign() < 0 {
			f.invalid(field.NewPath("capacity"), q.String(), "must be greater than or equal to 0")
		}
	default:
		clusterKind(f, obj)
	}
}

// clusterKind judges kinds that those who run a cluster write.
func clusterKind(f *findings, obj runtime.Object) {
	switch o := obj.(type) {
	case *rbacv1.Role:
		policyRules(f, o.Rules, true)
	case *rbacv1.ClusterRole:
		policyRules(f, o.Rules, false)
		aggregation(f, o.AggregationRule)
	case *rbacv1.RoleBinding:
		binding(f, o.RoleRef, o.Subjects, true, "Role", "ClusterRole")
	case *rbacv1.ClusterRoleBinding:
		binding(f, o.RoleRef, o.Subjects, false, "ClusterRole")
	case *schedulingv1.PriorityClass:
		priorityClass(f, o)
	case *nodev1.RuntimeClass:
		runtimeClass(f, o)
	case *coordinationv1.Lease:
		lease(f, &o.Spec)
	case *admissionv1.ValidatingWebhookConfiguration:
		validatingWebhooks(f, o.Webhooks)
	case *admissionv1.MutatingWebhookConfiguration:
		mutatingWebhooks(f, o.Webhooks)
	}
}

// change judges what an update may not do.
func change(f *findings, obj, old runtime.Object) {
	switch o := obj.(type) {
	case *corev1.Pod:
		with(old, func(b *corev1.Pod) { podChange(f, o, b) })
	case *corev1.Service:
		with(old, func(b *corev1.Service) { serviceChange(f, o, b) })
	case *corev1.Secret:
		with(old, func(b *corev1.Secret) { secretChange(f, o, b) })
	case *corev1.ConfigMap:
		with(old, func(b *corev1.ConfigMap) { configMapChange(f, o, b) })
	case *corev1.PersistentVolumeClaim:
		with(old, func(b *corev1.PersistentVolumeClaim) { claimChange(f, o, b) })
	case *corev1.PersistentVolume:
		with(old, func(b *corev1.PersistentVolume) { persistentChange(f, &o.Spec, &b.Spec) })
	case *corev1.Node:
		with(old, func(b *corev1.Node) { nodeChange(f, &o.Spec, &b.Spec) })
	case *appsv1.Deployment:
		with(old, func(b *appsv1.Deployment) {
			f.immutable(objectSpec.Child("selector"), o.Spec.Selector, b.Spec.Selector)
		})
	case *appsv1.ReplicaSet:
		with(old, func(b *appsv1.ReplicaSet) {
			f.immutable(objectSpec.Child("selector"), o.Spec.Selector, b.Spec.Selector)
		})
	case *appsv1.StatefulSet:
		with(old, func(b *appsv1.StatefulSet) { statefulChange(f, &o.Spec, &b.Spec) })
	case *appsv1.DaemonSet:
		with(old, func(b *appsv1.DaemonSet) {
			f.immutable(objectSpec.Child("selector"), o.Spec.Selector, b.Spec.Selector)
		})
	case *appsv1.ControllerRevision:
		with(old, func(b *appsv1.ControllerRevision) { f.immutable(field.NewPath("data"), o.Data, b.Data) })
	case *batchv1.Job:
		with(old, func(b *batchv1.Job) { jobChange(f, &o.Spec, &b.Spec, b.Status.StartTime != nil) })
	case *discoveryv1.EndpointSlice:
		with(old, func(b *discoveryv1.EndpointSlice) {
			f.immutable(field.NewPath("addressType"), o.AddressType, b.AddressType)
		})
	case *networkingv1.IngressClass:
		with(old, func(b *networkingv1.IngressClass) {
			f.immutable(objectSpec.Child("controller"), o.Spec.Controller, b.Spec.Controller)
		})
	case *storagev1.StorageClass:
		with(old, func(b *storagev1.StorageClass) {
			f.immutable(field.NewPath("parameters"), o.Parameters, b.Parameters)
			f.immutable(field.NewPath("provisioner"), o.Provisioner, b.Provisioner)
			f.immutable(field.NewPath("reclaimPolicy"), o.ReclaimPolicy, b.ReclaimPolicy)
			f.immutable(field.NewPath("volumeBindingMode"), o.VolumeBindingMode, b.VolumeBindingMode)
		})
	case *storagev1.VolumeAttributesClass:
		with(old, func(b *storagev1.VolumeAttributesClass) {
			if o.DriverName != b.DriverName {
				f.forbid(field.NewPath("driverName"), "updates to driverName are forbidden.")
			}
			if !same(o.Parameters, b.Parameters) {
				f.forbid(field.NewPath("parameters"), "updates to parameters are forbidden.")
			}
		})
	case *storagev1.CSIDriver:
		with(old, func(b *storagev1.CSIDriver) {
			f.immutable(objectSpec.Child("attachedRequired"), o.Spec.AttachRequired, b.Spec.AttachRequired)
			f.immutable(objectSpec.Child("volumeLifecycleModes"), o.Spec.VolumeLifecycleModes, b.Spec.VolumeLifecycleModes)
		})
	default:
		clusterChange(f, obj, old)
	}
}

func clusterChange(f *findings, obj, old runtime.Object) {
	roleRef := func(now, before rbacv1.RoleRef) {
		if now != before {
			f.invalid(field.NewPath("roleRef"), now, "cannot change roleRef")
		}
	}
	switch o := obj.(type) {
	case *rbacv1.RoleBinding:
		with(old, func(b *rbacv1.RoleBinding) { roleRef(o.RoleRef, b.RoleRef) })
	case *rbacv1.ClusterRoleBinding:
		with(old, func(b *rbacv1.ClusterRoleBinding) { roleRef(o.RoleRef, b.RoleRef) })
	case *schedulingv1.PriorityClass:
		with(old, func(b *schedulingv1.PriorityClass) {
			if o.Value != b.Value {
				f.forbid(field.NewPath("value"), "may not be changed in an update.")
			}
			f.immutable(field.NewPath("preemptionPolicy"), o.PreemptionPolicy, b.PreemptionPolicy)
		})
	case *nodev1.RuntimeClass:
		with(old, func(b *nodev1.RuntimeClass) { f.immutable(field.NewPath("handler"), o.Handler, b.Handler) })
	}
}

// with calls judge if the old object is of the same kind, as it always should be.
func with[T runtime.Object](old runtime.Object, judge func(T)) {
	if b, ok := old.(T); ok {
		judge(b)
	}
}

var minorVersion = regexp.MustCompile(`^v1\.([0-9]|[1-9][0-9]*)$`)

func namespace(f *findings, n *corev1.Namespace, update bool) {
	for _, mode := range []string{"enforce", "audit", "warn"} { // which is how strictly its pods are judged
		key := "pod-security.kubernetes.io/" + mode
		if level, ok := n.Labels[key]; ok && level != "privileged" && level != "baseline" && level != "restricted" {
			f.invalid(metadata.Child("labels").Key(key), level, "must be one of privileged, baseline, restricted")
		}
		if v, ok := n.Labels[key+"-version"]; ok && v != "latest" && !minorVersion.MatchString(v) {
			f.invalid(metadata.Child("labels").Key(key+"-version"), v, `must be "latest" or "v1.x"`)
		}
	}
	at := objectSpec.Child("finalizers")
	for _, name := range n.Spec.Finalizers {
		if update {
			break // an update cannot change them
		}
		f.all(apivalidation.ValidateFinalizerName(string(name), at))
		if !strings.Contains(string(name), "/") && name != corev1.FinalizerKubernetes && name != "orphan" && name != "foregroundDeletion" {
			f.invalid(at, string(name), "name is neither a standard finalizer name nor is it fully qualified")
		}
	}
}

func nodeChange(f *findings, s, old *corev1.NodeSpec) {
	if len(old.PodCIDRs) > 0 && !same(s.PodCIDRs, old.PodCIDRs) {
		f.forbid(objectSpec.Child("podCIDRs"), "node updates may not change podCIDR except from \"\" to valid")
	}
	if old.ProviderID != "" && s.ProviderID != old.ProviderID {
		f.forbid(objectSpec.Child("providerID"), "node updates may not change providerID except from \"\" to valid")
	}
}

func event(f *findings, e *corev1.Event) {
	at := field.NewPath("involvedObject", "namespace")
	const why = "does not match event.namespace"
	if e.EventTime.IsZero() {
		if ns := e.InvolvedObject.Namespace; ns == "" && e.Namespace != "" && e.Namespace != "default" || ns != "" && ns != e.Namespace {
			f.invalid(at, ns, why)
		}
	} else {
		if e.InvolvedObject.Namespace == "" && e.Namespace != "default" && e.Namespace != "kube-system" {
			f.invalid(at, "", why)
		}
		if e.ReportingController == "" {
			f.required(field.NewPath("reportingComponent"))
		}
		f.qualified(field.NewPath("reportingComponent"), e.ReportingController)
		for _, t := range []struct {
			name, value string
			max         int
			required    bool
		}{{"reportingInstance", e.ReportingInstance, 128, true}, {"action", e.Action, 128, true}, {"reason", e.Reason, 128, true}, {"message", e.Message, 1024, false}} {
			if t.required && t.value == "" {
				f.required(field.NewPath(t.name))
			}
			if len(t.value) > t.max {
				f.invalid(field.NewPath(t.name), "", fmt.Sprintf("can have at most %v characters", t.max))
			}
		}
	}
	f.subdomain(field.NewPath("namespace"), e.Namespace)
}

func revision(f *findings, r *appsv1.ControllerRevision, update bool) {
	f.notNegative(field.NewPath("revision"), r.Revision)
	if update {
		return
	}
	at := field.NewPath("data")
	raw := r.Data.Raw
	if raw == nil && r.Data.Object != nil {
		raw, _ = json.Marshal(r.Data.Object)
	}
	var v any
	if raw == nil {
		f.add(field.Required(at, "data is mandatory"))
	} else if err := json.Unmarshal(raw, &v); err != nil {
		f.invalid(at, "<value omitted>", "error parsing data: "+err.Error())
	} else if v == nil {
		f.add(field.Required(at, "data is mandatory"))
	} else if _, ok := v.(map[string]any); !ok {
		f.add(field.Required(at, "data must be a valid JSON object"))
	}
}

func budget(f *findings, s *policyv1.PodDisruptionBudgetSpec) {
	if s.MinAvailable != nil && s.MaxUnavailable != nil {
		f.invalid(objectSpec, *s, "minAvailable and maxUnavailable cannot be both set")
	}
	if s.MinAvailable != nil {
		countOrPercent(f, objectSpec.Child("minAvailable"), s.MinAvailable)
		atMostAll(f, objectSpec.Child("minAvailable"), s.MinAvailable)
	}
	if s.MaxUnavailable != nil {
		countOrPercent(f, objectSpec.Child("maxUnavailable"), s.MaxUnavailable)
		atMostAll(f, objectSpec.Child("maxUnavailable"), s.MaxUnavailable)
	}
	f.selector(objectSpec.Child("selector"), s.Selector)
	optional(f, objectSpec.Child("unhealthyPodEvictionPolicy"), s.UnhealthyPodEvictionPolicy, policyv1.AlwaysAllow, policyv1.IfHealthyBudget)
}
