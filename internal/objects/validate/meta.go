package validate

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var (
	metadata   = field.NewPath("metadata")
	objectSpec = field.NewPath("spec")
)

func objectMeta(f *findings, obj runtime.Object, m metav1.Object) {
	namespaced, name := true, apivalidation.ValidateNameFunc(apivalidation.NameIsDNSSubdomain)
	switch obj.(type) {
	case *corev1.Namespace:
		namespaced, name = false, apivalidation.ValidateNamespaceName
	case *corev1.Node, *corev1.PersistentVolume, *storagev1.StorageClass, *networkingv1.IngressClass:
		namespaced = false
	case *corev1.Service, *appsv1.StatefulSet:
		name = apivalidation.NameIsDNSLabel
	case *corev1.ServiceAccount:
		name = apivalidation.ValidateServiceAccountName
	case *policyv1.PodDisruptionBudget, *corev1.Event:
		name = pathSegment
	}
	f.all(apivalidation.ValidateObjectMetaAccessor(m, namespaced, name, metadata))
	for i, n := range m.GetFinalizers() {
		if !strings.Contains(n, "/") && n != metav1.FinalizerOrphanDependents && n != metav1.FinalizerDeleteDependents && n != string(corev1.FinalizerKubernetes) {
			f.invalid(metadata.Child("finalizers").Index(i), n, "name is neither a standard finalizer name nor is it fully qualified")
		}
	}
	if c, ok := obj.(*batchv1.CronJob); ok && len(c.Name) > 52 { // its Jobs' names are 11 longer
		f.invalid(metadata.Child("name"), c.Name, "must be no more than 52 characters")
	}
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
