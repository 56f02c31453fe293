package validate

import (
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
	objectMeta(f, obj, m)
	body(f, obj, nil)
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
