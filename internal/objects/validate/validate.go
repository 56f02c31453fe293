package validate

import (
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Create returns why an API server would not create the object, with its defaults set; nothing if it would. Kinds
// that are not known are judged by their metadata alone.
func Create(obj runtime.Object) field.ErrorList {
	f := &findings{}
	m, err := meta.Accessor(obj)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	switch obj.(type) {
	case *corev1.Event, *policyv1.PodDisruptionBudget: // whose metadata a server judges last, if nothing else is wrong
		if body(f, obj, nil); len(f.errs) == 0 {
			objectMeta(f, obj, m)
		}
	default:
		objectMeta(f, obj, m)
		body(f, obj, nil)
	}
	return f.errs
}

// Update returns why an API server would not let the object replace old.
func Update(obj, old runtime.Object) field.ErrorList {
	f := &findings{}
	m, err := meta.Accessor(obj)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	o, err := meta.Accessor(old)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	metaUpdate(f, obj, m, o)
	body(f, obj, old)
	change(f, obj, old)
	return f.errs
}
