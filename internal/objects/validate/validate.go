package validate

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Create returns why an API server would not create the object, with its defaults set; nothing if it would. Kinds
// that are not known are judged by their metadata alone.
func Create(obj runtime.Object) field.ErrorList {
	m, err := meta.Accessor(obj)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	errs := objectMeta(obj, m)
	return append(errs, body(obj)...)
}

// Update returns why an API server would not let the object replace old.
func Update(obj, old runtime.Object) field.ErrorList {
	m, err := meta.Accessor(obj)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	o, err := meta.Accessor(old)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	errs := metaUpdate(m, o)
	errs = append(errs, objectMeta(obj, m)...)
	errs = append(errs, body(obj)...)
	return append(errs, change(obj, old)...)
}
