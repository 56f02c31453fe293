package definition

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	verrors "k8s.io/kube-openapi/pkg/validation/errors"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
)

// defaultsOf judges every default by the schema that it stands in.
func defaultsOf(s *structural.Structural, p *field.Path) field.ErrorList {
	if s == nil {
		return nil
	}
	var errs field.ErrorList
	if v := s.Default.Object; v != nil {
		for _, err := range validate.NewSchemaValidator(s.ToKubeOpenAPI(), nil, "", strfmt.Default).Validate(v).Errors {
			var why *verrors.Validation
			if errors.As(err, &why) && why.Code() == verrors.EnumFailCode {
				errs = append(errs, unsupported(p.Child("default"), v, why.Values))
			} else {
				errs = append(errs, field.Invalid(p.Child("default"), v, err.Error()))
			}
		}
	}
	errs = append(errs, defaultsOf(s.Items, p.Child("items"))...)
	if s.AdditionalProperties != nil {
		errs = append(errs, defaultsOf(s.AdditionalProperties.Structural, p.Child("additionalProperties"))...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		child := s.Properties[name]
		errs = append(errs, defaultsOf(&child, p.Child("properties").Key(name))...)
	}
	return errs
}

func unsupported(p *field.Path, v any, allowed []any) *field.Error {
	var texts []string
	for _, a := range allowed {
		texts = append(texts, fmt.Sprint(a))
	}
	return field.NotSupported(p, v, texts)
}

// given are the Go names of the fields of a schema that are not empty.
func given(s *apiextensions.JSONSchemaProps) []string {
	var names []string
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			names = append(names, v.Type().Field(i).Name)
		}
	}
	return names
}
