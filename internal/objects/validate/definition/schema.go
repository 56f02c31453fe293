package definition

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// atRoot are the fields that the root of a schema may have beside a status of its own.
var atRoot = []string{"Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum", "MaxLength", "MinLength",
	"Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items", "Properties", "ExternalDocs", "Example",
	"XPreserveUnknownFields", "XValidations"}

func schema(v1 *apiextensionsv1.JSONSchemaProps, status bool, p *field.Path) field.ErrorList {
	s := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v1, s, nil); err != nil {
		return field.ErrorList{field.Invalid(p, "", err.Error())}
	}
	var errs, later field.ErrorList
	if status {
		errs = append(errs, root(s, p)...)
	}
	if s.Nullable {
		errs = append(errs, field.Forbidden(p.Child("nullable"), "nullable cannot be true at the root"))
	}
	if ss, err := structural.NewStructural(s); err != nil {
		later = append(later, field.Invalid(p, "", err.Error()))
	} else if bad := structural.ValidateStructural(p, ss.DeepCopy()); len(bad) > 0 {
		errs = append(errs, bad...)
	} else {
		errs = append(errs, defaultsOf(ss, p)...)
	}
	errs = append(errs, (&walk{}).node(s, p, true)...)
	if len(errs) == 0 {
		errs = later // it only says again what the walk has said better
	}
	return errs
}

func root(s *apiextensions.JSONSchemaProps, p *field.Path) field.ErrorList {
	if s.Type != "object" {
		return field.ErrorList{field.Invalid(p.Child("type"), s.Type, `only "object" is allowed as the type at the root of the schema if the status subresource is enabled`)}
	}
	for _, name := range given(s) {
		if !slices.Contains(atRoot, name) {
			return field.ErrorList{field.Invalid(p, field.OmitValueType{}, fmt.Sprintf("only %v fields are allowed at the root of the schema if the status subresource is enabled", atRoot))}
		}
	}
	return nil
}

// walk goes through a schema as it was written, structural or not.
type walk struct {
	noDefault string // why there may be no defaults here
	meta      bool   // inside of a resource's metadata
}

var types = sets.New("array", "boolean", "integer", "number", "object", "string")

func (w *walk) node(s *apiextensions.JSONSchemaProps, p *field.Path, isRoot bool) field.ErrorList {
	if s == nil {
		return nil
	}
	errs := w.own(s, p)
	errs = append(errs, list(s, p)...)
	errs = append(errs, rules(s, p)...)
	if a := s.AdditionalProperties; a != nil {
		if len(s.Properties) > 0 && (!a.Allows || a.Schema != nil) {
			errs = append(errs, field.Forbidden(p.Child("additionalProperties"), "additionalProperties and properties are mutual exclusive"))
		}
		inner := *w
		if w.meta {
			inner.noDefault = "inside additionalProperties applying to object metadata"
		}
		errs = append(errs, inner.node(a.Schema, p.Child("additionalProperties"), false)...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		inner := *w
		if (isRoot || s.XEmbeddedResource) && (name == "metadata" || name == "kind" || name == "apiVersion") {
			inner.meta = true
			if isRoot {
				inner.noDefault = "in top-level " + name
			}
		}
		child := s.Properties[name]
		errs = append(errs, inner.node(&child, p.Child("properties").Key(name), false)...)
	}
	errs = append(errs, w.node(s.Not, p.Child("not"), false)...)
	for _, l := range []struct {
		name string
		of   []apiextensions.JSONSchemaProps
	}{{"allOf", s.AllOf}, {"oneOf", s.OneOf}, {"anyOf", s.AnyOf}} {
		for i := range l.of {
			errs = append(errs, w.node(&l.of[i], p.Child(l.name).Index(i), false)...)
		}
	}
	if s.Items != nil {
		errs = append(errs, w.node(s.Items.Schema, p.Child("items"), false)...)
	}
	return errs
}

// own judges the fields of one schema that stand alone.
func (w *walk) own(s *apiextensions.JSONSchemaProps, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	if s.Type != "" && !types.Has(s.Type) {
		errs = append(errs, field.NotSupported(p.Child("type"), s.Type, sets.List(types)))
	}
	if s.Default != nil && w.noDefault != "" {
		errs = append(errs, field.Forbidden(p.Child("default"), "must not be set "+w.noDefault))
	}
	for _, f := range []struct {
		name, why string
		given     bool
	}{
		{"id", "id is not supported", s.ID != ""},
		{"additionalItems", "additionalItems is not supported", s.AdditionalItems != nil},
		{"patternProperties", "patternProperties is not supported", len(s.PatternProperties) > 0},
		{"definitions", "definitions is not supported", len(s.Definitions) > 0},
		{"dependencies", "dependencies is not supported", s.Dependencies != nil},
		{"$ref", "$ref is not supported", s.Ref != nil},
		{"type", "type cannot be set to null, use nullable as an alternative", s.Type == "null"},
		{"items", "items must be a schema object and not an array", s.Items != nil && len(s.Items.JSONSchemas) > 0},
		{"x-kubernetes-embedded-resource", "must not be used inside of resource meta", w.meta && s.XEmbeddedResource},
		{"uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic", s.UniqueItems},
	} {
		if f.given {
			errs = append(errs, field.Forbidden(p.Child(f.name), f.why))
		}
	}
	if u := s.XPreserveUnknownFields; u != nil && !*u {
		errs = append(errs, field.Invalid(p.Child("x-kubernetes-preserve-unknown-fields"), *u, "must be true or undefined"))
	}
	if s.XMapType != nil {
		errs = append(errs, typed(p, s.Type, "object", "x-kubernetes-map-type")...)
		errs = append(errs, oneOf(p.Child("x-kubernetes-map-type"), *s.XMapType, "atomic", "granular")...)
	}
	if s.XListType != nil {
		errs = append(errs, typed(p, s.Type, "array", "x-kubernetes-list-type")...)
		errs = append(errs, oneOf(p.Child("x-kubernetes-list-type"), *s.XListType, "atomic", "set", "map")...)
	}
	return errs
}

func typed(p *field.Path, have, want, because string) field.ErrorList {
	why := "must be " + want + " if " + because + " is specified"
	switch have {
	case want:
		return nil
	case "":
		return field.ErrorList{field.Required(p.Child("type"), why)}
	}
	return field.ErrorList{field.Invalid(p.Child("type"), have, why)}
}

func oneOf(p *field.Path, have string, allowed ...string) field.ErrorList {
	if slices.Contains(allowed, have) {
		return nil
	}
	return field.ErrorList{field.NotSupported(p, have, allowed)}
}

// list judges what makes the items of a list tell each other apart.
func list(s *apiextensions.JSONSchemaProps, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	keys, kind := p.Child("x-kubernetes-list-map-keys"), p.Child("x-kubernetes-list-type")
	sort := ""
	if s.XListType != nil {
		sort = *s.XListType
	}
	switch {
	case len(s.XListMapKeys) == 0 || sort == "map":
	case s.XListType == nil:
		errs = append(errs, field.Required(kind, "must be map if x-kubernetes-list-map-keys is non-empty"))
	default:
		errs = append(errs, field.Invalid(kind, sort, "must be map if x-kubernetes-list-map-keys is non-empty"))
	}
	var items *apiextensions.JSONSchemaProps
	if s.Items != nil {
		items = s.Items.Schema
	}
	at := p.Child("items")
	if items != nil && items.Nullable && (sort == "set" || sort == "map") {
		errs = append(errs, field.Forbidden(at.Child("nullable"), "cannot be nullable when x-kubernetes-list-type is "+sort))
	}
	switch sort {
	case "set":
		const why = "must be atomic as item of a list with x-kubernetes-list-type=set"
		if items != nil && s.Type == "array" && items.Type == "array" && items.XListType != nil && *items.XListType != "atomic" {
			errs = append(errs, field.Invalid(at.Child("x-kubernetes-list-type"), *items.XListType, why))
		}
		if items != nil && s.Type == "array" && items.Type == "object" && (items.XMapType == nil || *items.XMapType != "atomic") {
			errs = append(errs, field.Invalid(at.Child("x-kubernetes-map-type"), items.XMapType, why))
		}
		return errs
	case "map":
	default:
		return errs
	}
	if len(s.XListMapKeys) == 0 {
		errs = append(errs, field.Required(keys, "must not be empty if x-kubernetes-list-type is map"))
	}
	switch {
	case s.Items == nil:
		errs = append(errs, field.Required(at, "must have a schema if x-kubernetes-list-type is map"))
	case items == nil:
		errs = append(errs, field.Invalid(at, field.OmitValueType{}, "must only have a single schema if x-kubernetes-list-type is map"))
	case items.Type != "object":
		errs = append(errs, field.Invalid(at.Child("type"), items.Type, "must be object if parent array's x-kubernetes-list-type is map"))
	default:
		errs = append(errs, mapKeys(s.XListMapKeys, items, keys, at)...)
	}
	return errs
}

func mapKeys(names []string, items *apiextensions.JSONSchemaProps, p, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := sets.New[string]()
	for _, k := range names {
		prop, ok := items.Properties[k]
		of := at.Child("properties").Key(k)
		if !ok {
			errs = append(errs, field.Invalid(p, names, "entries must all be names of item properties"))
		} else {
			const key = "this property is in x-kubernetes-list-map-keys, so it "
			if prop.Type == "array" || prop.Type == "object" {
				errs = append(errs, field.Invalid(of.Child("type"), items.Type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
			}
			if !slices.Contains(items.Required, k) && prop.Default == nil {
				errs = append(errs, field.Required(of.Child("default"), key+"must have a default or be a required property"))
			}
			if prop.Nullable {
				errs = append(errs, field.Forbidden(of.Child("nullable"), key+"cannot be nullable"))
			}
		}
		if seen.Has(k) {
			errs = append(errs, field.Invalid(p, names, "must not contain duplicate entries"))
		}
		seen.Insert(k)
	}
	return errs
}

// rules judges what stands around rules in CEL.
func rules(s *apiextensions.JSONSchemaProps, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, r := range s.XValidations {
		at := p.Child("x-kubernetes-validations").Index(i)
		rule, message := strings.TrimSpace(r.Rule), strings.TrimSpace(r.Message)
		switch {
		case rule == "":
			errs = append(errs, field.Required(at.Child("rule"), "rule is not specified"))
		case r.Message != "" && message == "":
			errs = append(errs, field.Invalid(at.Child("message"), r.Message, "must be non-empty if specified"))
		case strings.ContainsAny(message, "\r\n"):
			errs = append(errs, field.Invalid(at.Child("message"), r.Message, "must not contain line breaks"))
		case strings.ContainsAny(rule, "\r\n") && message == "":
			errs = append(errs, field.Required(at.Child("message"), "message must be specified if rule contains line breaks"))
		}
		if r.MessageExpression != "" && strings.TrimSpace(r.MessageExpression) == "" {
			errs = append(errs, field.Required(at.Child("messageExpression"), "messageExpression must be non-empty if specified"))
		}
		if r.Reason != nil {
			errs = append(errs, oneOf(at.Child("reason"), string(*r.Reason), "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")...)
		}
	}
	return errs
}
