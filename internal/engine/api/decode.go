package api

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// decode reads a body into an object of the given kind. Unknown and duplicate fields are refused, told or passed
// over, as fieldValidation says (Strict, Warn, Ignore; Warn is Kubernetes' default).
func (c *call) decode(data []byte, into runtime.Object, gvk schema.GroupVersionKind, validation string) error {
	info, err := c.server.given(c.r)
	if err != nil {
		return err
	}
	decoder := info.Serializer
	if validation != metav1.FieldValidationIgnore && info.StrictSerializer != nil {
		decoder = info.StrictSerializer
	}
	_, actual, err := decoder.Decode(data, &gvk, into)
	if strict, ok := runtime.AsStrictDecodingError(err); ok && actual != nil && *actual == gvk {
		return c.strict(strict.Errors(), validation, func(err error) error {
			return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", gvk.Kind, gvk.Version, gvk.Kind, err))
		})
	}
	if actual != nil && *actual != gvk {
		if actual.GroupVersion() != gvk.GroupVersion() {
			return apierrors.NewBadRequest(fmt.Sprintf("the API version in the data (%s) does not match the expected API version (%s)", actual.GroupVersion(), gvk.GroupVersion()))
		}
		return apierrors.NewBadRequest(fmt.Sprintf("the kind in the data (%s) does not match the expected kind (%s)", actual.Kind, gvk.Kind))
	}
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", gvk.Kind, gvk.Version, gvk.Kind, err))
	}
	into.GetObjectKind().SetGroupVersionKind(gvk)
	return nil
}

// strict does with the unknown and duplicate fields of a body what fieldValidation says.
func (c *call) strict(found []error, validation string, refuse func(error) error) error {
	if len(found) == 0 {
		return nil
	}
	switch validation {
	case metav1.FieldValidationIgnore:
		return nil
	case metav1.FieldValidationStrict:
		return refuse(runtime.NewStrictDecodingError(found))
	}
	for _, err := range found {
		c.warn(err.Error())
	}
	return nil
}

// invalidOptions is the answer to options that contradict themselves.
func invalidOptions(kind string, errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: kind}, "", errs)
}
