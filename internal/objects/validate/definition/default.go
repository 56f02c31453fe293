package definition

import (
	"maps"
	"reflect"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
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
			errs = append(errs, field.Invalid(p.Child("default"), v, err.Error()))
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
