package validate

import (
	"reflect"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var (
	metadata   = field.NewPath("metadata")
	objectSpec = field.NewPath("spec")
)

func objectMeta(f *findings, obj runtime.Object, m metav1.Object) {
	wide := ClusterWide(obj)
	if wide {
		m = placeless{m}
	}
	f.all(apivalidation.ValidateObjectMetaAccessor(m, !wide, naming(obj), metadata))
	switch obj.(type) {
	case *corev1.Event, *policyv1.PodDisruptionBudget, *coordinationv1.Lease, *nodev1.RuntimeClass, *admissionv1.ValidatingWebhookConfiguration, *admissionv1.MutatingWebhookConfiguration: // which may have any
	default:
		finalizers(f, m)
	}
	if c, ok := obj.(*batchv1.CronJob); ok && len(c.Name) > 52 { // its Jobs' names are 11 longer
		f.invalid(metadata.Child("name"), c.Name, "must be no more than 52 characters")
	}
}

func finalizers(f *findings, m metav1.Object) {
	for i, n := range m.GetFinalizers() {
		if !strings.Contains(n, "/") && n != metav1.FinalizerOrphanDependents && n != metav1.FinalizerDeleteDependents && n != string(corev1.FinalizerKubernetes) {
			f.invalid(metadata.Child("finalizers").Index(i), n, "name is neither a standard finalizer name nor is it fully qualified")
		}
	}
}

// naming is the rule for the name of an object of that kind.
func naming(obj runtime.Object) apivalidation.ValidateNameFunc {
	switch obj.(type) {
	case *corev1.Namespace:
		return apivalidation.ValidateNamespaceName
	case *corev1.Service, *appsv1.StatefulSet:
		return apivalidation.NameIsDNSLabel
	case *corev1.ServiceAccount:
		return apivalidation.ValidateServiceAccountName
	case *policyv1.PodDisruptionBudget, *corev1.Event:
		return pathSegment
	case *rbacv1.Role, *rbacv1.ClusterRole, *rbacv1.RoleBinding, *rbacv1.ClusterRoleBinding:
		return roleName
	}
	return apivalidation.NameIsDNSSubdomain
}

// placeless is metadata as a server keeps it of what is in no namespace: it drops the one that was written.
type placeless struct{ metav1.Object }

// GetNamespace implements metav1.Object.
func (placeless) GetNamespace() string { return "" }

// wide are the built-in kinds that are in no namespace, by their types' names, which spares importing them all.
var wide = sets.New("APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "ClusterTrustBundle",
	"ComponentStatus", "CustomResourceDefinition", "DeviceClass", "DeviceTaintRule", "FlowSchema", "IPAddress", "IngressClass",
	"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume",
	"PriorityClass", "PriorityLevelConfiguration", "ResourceSlice", "RuntimeClass", "SelfSubjectAccessReview", "SelfSubjectReview",
	"SelfSubjectRulesReview", "ServiceCIDR", "StorageClass", "StorageVersion", "StorageVersionMigration", "SubjectAccessReview", "TokenReview",
	"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass")

// ClusterWide tells whether objects of that built-in kind are in no namespace.
func ClusterWide(obj runtime.Object) bool {
	t := reflect.TypeOf(obj)
	return t != nil && t.Kind() == reflect.Pointer && wide.Has(t.Elem().Name())
}

func metaUpdate(f *findings, obj runtime.Object, m, old metav1.Object) {
	f.all(apivalidation.ValidateObjectMetaAccessorUpdate(m, old, metadata))
	if c, ok := obj.(*corev1.PersistentVolumeClaim); ok {
		const class = corev1.BetaStorageClassAnnotation
		before := old.GetAnnotations()[class]
		adopted := before != "" && c.Spec.StorageClassName != nil && *c.Spec.StorageClassName == before
		if c.Annotations[class] != before && !adopted {
			f.invalid(metadata.Child("annotations").Key(class), c.Annotations[class], apivalidation.FieldImmutableErrorMsg)
		}
	}
}

// podAnnotations judges the annotations that mean something to whoever runs a pod.
func podAnnotations(f *findings, p *field.Path, a map[string]string, s *corev1.PodSpec) {
	if v, ok := a[corev1.MirrorPodAnnotationKey]; ok && s.NodeName == "" {
		f.invalid(p.Key(corev1.MirrorPodAnnotationKey), v, "must set spec.nodeName if mirror pod annotation is set")
	}
	if v, ok := a[corev1.PodDeletionCost]; ok && !isInt32(v) {
		f.invalid(p.Key(corev1.PodDeletionCost), v, "must be a 32bit integer")
	}
	for _, k := range sorted(a) {
		if k == corev1.SeccompPodAnnotationKey || strings.HasPrefix(k, corev1.SeccompContainerAnnotationKeyPrefix) {
			seccompAnnotation(f, p.Child(k), a[k])
		}
	}
}

func seccompAnnotation(f *findings, p *field.Path, profile string) {
	switch profile {
	case corev1.SeccompProfileRuntimeDefault, corev1.DeprecatedSeccompProfileDockerDefault, corev1.SeccompProfileNameUnconfined:
		return
	}
	local, ok := strings.CutPrefix(profile, corev1.SeccompLocalhostProfileNamePrefix)
	if !ok {
		f.invalid(p, profile, "must be a valid seccomp profile")
		return
	}
	descending(f, p, local)
}

// pathSegment is the rule for names that need only be a part of a URL's path.
func pathSegment(name string, prefix bool) []string {
	if prefix {
		return content.IsPathSegmentPrefix(name)
	}
	return content.IsPathSegmentName(name)
}
