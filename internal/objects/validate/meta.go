package validate

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var (
	metadata = field.NewPath("metadata")
	spec     = field.NewPath("spec")
)

func objectMeta(obj runtime.Object, m metav1.Object) field.ErrorList {
	namespaced, name := true, apivalidation.ValidateNameFunc(apivalidation.NameIsDNSSubdomain)
	switch obj.(type) {
	case *corev1.Namespace:
		namespaced, name = false, apivalidation.ValidateNamespaceName
	case *corev1.Node, *corev1.PersistentVolume, *storagev1.StorageClass, *networkingv1.IngressClass:
		namespaced = false
	case *corev1.Service:
		name = apivalidation.NameIsDNS1035Label
	case *corev1.ServiceAccount:
		name = apivalidation.ValidateServiceAccountName
	case *corev1.Event:
		name = path.ValidatePathSegmentName
	case *discoveryv1.EndpointSlice:
		name = apivalidation.NameIsDNSSubdomain
	}
	errs := apivalidation.ValidateObjectMetaAccessor(m, namespaced, name, metadata)
	if c, ok := obj.(*batchv1.CronJob); ok && len(c.Name) > validation.DNS1035LabelMaxLength-11 {
		errs = append(errs, field.Invalid(metadata.Child("name"), c.Name, "must be no more than 52 characters"))
	}
	return errs
}

func metaUpdate(m, old metav1.Object) field.ErrorList {
	return apivalidation.ValidateObjectMetaAccessorUpdate(m, old, metadata)
}
