package definition

import (
	"strings"
	"unicode"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/slipway-sh/slipway/internal/objects/validate"
)

const approval = "api-approved.kubernetes.io" // the annotation without which groups of Kubernetes' own are protected

// Set fills in what the author of a definition left to Kubernetes.
func Set(d *apiextensionsv1.CustomResourceDefinition) {
	n := &d.Spec.Names
	if n.Singular == "" {
		n.Singular = strings.ToLower(n.Kind)
	}
	if n.ListKind == "" && n.Kind != "" {
		n.ListKind = n.Kind + "List"
	}
	if d.Spec.Conversion == nil {
		d.Spec.Conversion = &apiextensionsv1.CustomResourceConversion{Strategy: apiextensionsv1.NoneConverter}
	}
	if w := d.Spec.Conversion.Webhook; w != nil && w.ClientConfig != nil && w.ClientConfig.Service != nil && w.ClientConfig.Service.Port == nil {
		port := int32(443)
		w.ClientConfig.Service.Port = &port
	}
}

// Create returns why an API server would not create the definition, with its defaults set; nothing if it would.
func Create(d *apiextensionsv1.CustomResourceDefinition) field.ErrorList {
	name := func(name string, prefix bool) []string {
		msgs := apivalidation.NameIsDNSSubdomain(name, prefix)
		if name != d.Spec.Names.Plural+"."+d.Spec.Group {
			msgs = append(msgs, `must be spec.names.plural+"."+spec.group`)
		}
		return msgs
	}
	meta := d.ObjectMeta
	meta.Namespace = "" // which a server drops
	errs := apivalidation.ValidateObjectMeta(&meta, false, name, field.NewPath("metadata"))
	errs = append(errs, spec(&d.Spec, field.NewPath("spec"))...)
	if g := d.Spec.Group; g == "k8s.io" || g == "kubernetes.io" || strings.HasSuffix(g, ".k8s.io") || strings.HasSuffix(g, ".kubernetes.io") {
		at := field.NewPath("metadata", "annotations").Key(approval)
		switch v := d.Annotations[approval]; {
		case v == "":
			errs = append(errs, field.Required(at, "protected groups must have approval annotation \""+approval+"\", see https://github.com/kubernetes/enhancements/pull/1111"))
		case !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "unapproved"):
			errs = append(errs, field.Invalid(at, v, "protected groups must have approval annotation \""+approval+"\" with either a URL or a reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111"))
		}
	}
	if d.Spec.PreserveUnknownFields {
		errs = append(errs, field.Invalid(field.NewPath("spec", "preserveUnknownFields"), true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"))
	}
	return errs
}

func spec(s *apiextensionsv1.CustomResourceDefinitionSpec, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch msgs := validation.IsDNS1123Subdomain(s.Group); {
	case s.Group == "":
		errs = append(errs, field.Required(p.Child("group"), ""))
	case len(msgs) > 0:
		errs = append(errs, field.Invalid(p.Child("group"), s.Group, strings.Join(msgs, ",")))
	case !strings.Contains(s.Group, "."):
		errs = append(errs, field.Invalid(p.Child("group"), s.Group, "should be a domain with at least one dot"))
	}
	switch s.Scope {
	case apiextensionsv1.ClusterScoped, apiextensionsv1.NamespaceScoped:
	case "":
		errs = append(errs, field.Required(p.Child("scope"), ""))
	default:
		errs = append(errs, field.NotSupported(p.Child("scope"), s.Scope, []apiextensionsv1.ResourceScope{apiextensionsv1.ClusterScoped, apiextensionsv1.NamespaceScoped}))
	}
	names, stored := sets.New[string](), 0
	for i := range s.Versions {
		v, at := &s.Versions[i], p.Child("versions").Index(i)
		if v.Storage {
			stored++
		}
		if names.Has(v.Name) {
			errs = append(errs, field.Invalid(p.Child("versions"), field.OmitValueType{}, "must contain unique version names"))
		}
		names.Insert(v.Name)
		errs = append(errs, label(at.Child("name"), v.Name, "")...)
		errs = append(errs, version(v, at)...)
	}
	if stored != 1 {
		errs = append(errs, field.Invalid(p.Child("versions"), field.OmitValueType{}, "must have exactly one version marked as storage version"))
	}
	errs = append(errs, namesOf(&s.Names, p.Child("names"))...)
	return append(errs, conversion(s.Conversion, p.Child("conversion"))...)
}

// label is an error, with all of its reasons, unless the name is empty or well made.
func label(p *field.Path, name, before string) field.ErrorList {
	if msgs := validation.IsDNS1035Label(strings.ToLower(name)); before != "" && len(msgs) > 0 {
		return field.ErrorList{field.Invalid(p, name, before+strings.Join(msgs, ","))}
	}
	if msgs := validation.IsDNS1035Label(name); before == "" && len(msgs) > 0 {
		return field.ErrorList{field.Invalid(p, name, strings.Join(msgs, ","))}
	}
	return nil
}

func namesOf(n *apiextensionsv1.CustomResourceDefinitionNames, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	const mixed = "may have mixed case, but should otherwise match: "
	for _, f := range []struct{ name, value, before string }{
		{"plural", n.Plural, ""}, {"singular", n.Singular, ""}, {"kind", n.Kind, mixed}, {"listKind", n.ListKind, mixed},
	} {
		if f.value == "" {
			errs = append(errs, field.Required(p.Child(f.name), ""))
		} else {
			errs = append(errs, label(p.Child(f.name), f.value, f.before)...)
		}
	}
	if n.Kind != "" && n.Kind == n.ListKind {
		errs = append(errs, field.Invalid(p.Child("listKind"), n.ListKind, "kind and listKind may not be the same"))
	}
	for i, s := range n.ShortNames {
		errs = append(errs, label(p.Child("shortNames").Index(i), s, "")...)
	}
	for i, s := range n.Categories {
		errs = append(errs, label(p.Child("categories").Index(i), s, "")...)
	}
	return errs
}

func version(v *apiextensionsv1.CustomResourceDefinitionVersion, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	if v.Schema == nil || v.Schema.OpenAPIV3Schema == nil {
		errs = append(errs, field.Required(p.Child("schema", "openAPIV3Schema"), ""))
	} else {
		errs = append(errs, schema(v.Schema.OpenAPIV3Schema, v.Subresources != nil && v.Subresources.Status != nil, p.Child("schema", "openAPIV3Schema"))...)
	}
	if w := v.DeprecationWarning; w != nil {
		at := p.Child("deprecationWarning")
		switch {
		case !v.Deprecated:
			errs = append(errs, field.Invalid(at, *w, "can only be set for deprecated versions"))
		case *w == "":
			errs = append(errs, field.Invalid(at, *w, "must not be an empty string"))
		case len(*w) > 256:
			errs = append(errs, field.Invalid(at, *w, "must be <= 256 characters long"))
		case strings.ContainsFunc(*w, func(r rune) bool { return !unicode.IsPrint(r) }):
			errs = append(errs, field.Invalid(at, *w, "must only contain printable UTF-8 characters"))
		}
	}
	if v.Subresources != nil && v.Subresources.Scale != nil {
		errs = append(errs, scale(v.Subresources.Scale, p.Child("subresources"))...)
	}
	for i := range v.AdditionalPrinterColumns {
		errs = append(errs, column(&v.AdditionalPrinterColumns[i], p.Child("additionalPrinterColumns").Index(i))...)
	}
	return errs
}

func scale(s *apiextensionsv1.CustomResourceSubresourceScale, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, f := range []struct {
		name, value, under string
		prefixes           []string
	}{
		{"scale.specReplicasPath", s.SpecReplicasPath, ".spec", []string{".spec."}},
		{"scale.statusReplicasPath", s.StatusReplicasPath, ".status", []string{".status."}},
		{"scale.labelSelectorPath", or(s.LabelSelectorPath, ".spec.x"), "either .spec or .status", []string{".spec.", ".status."}},
	} {
		at := p.Child(f.name)
		if f.value == "" {
			errs = append(errs, field.Required(at, ""))
		} else if e := jsonPath(at, f.value); e != nil {
			errs = append(errs, e)
		} else if !hasPrefix(f.value, f.prefixes) {
			errs = append(errs, field.Invalid(at, f.value, "should be a json path under "+f.under))
		}
	}
	return errs
}

// or is the text, if there is one.
func or(text *string, other string) string {
	if text == nil || *text == "" {
		return other
	}
	return *text
}

func hasPrefix(s string, any []string) bool {
	for _, p := range any {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func jsonPath(p *field.Path, s string) *field.Error {
	if !strings.HasPrefix(s, ".") {
		return field.Invalid(p, s, "must be a simple json path starting with .")
	}
	return nil
}

var (
	columnTypes   = sets.New("boolean", "date", "integer", "number", "string")
	columnFormats = sets.New("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
)

func column(c *apiextensionsv1.CustomResourceColumnDefinition, p *field.Path) field.ErrorList {
	var errs field.ErrorList
	if c.Name == "" {
		errs = append(errs, field.Required(p.Child("name"), ""))
	}
	types := "must be one of " + strings.Join(sets.List(columnTypes), ",")
	if c.Type == "" {
		errs = append(errs, field.Required(p.Child("type"), types))
	} else if !columnTypes.Has(c.Type) {
		errs = append(errs, field.Invalid(p.Child("type"), c.Type, types))
	}
	if c.Format != "" && !columnFormats.Has(c.Format) {
		errs = append(errs, field.Invalid(p.Child("format"), c.Format, "must be one of "+strings.Join(sets.List(columnFormats), ",")))
	}
	at := p.Child("JSONPath") // as a server names it
	if c.JSONPath == "" {
		errs = append(errs, field.Required(at, ""))
	} else if e := jsonPath(at, c.JSONPath); e != nil {
		errs = append(errs, e)
	}
	return errs
}

func conversion(c *apiextensionsv1.CustomResourceConversion, p *field.Path) field.ErrorList {
	if c == nil {
		return nil
	}
	client, versions := p.Child("webhookClientConfig"), p.Child("conversionReviewVersions")
	switch c.Strategy {
	case apiextensionsv1.WebhookConverter:
	case "", apiextensionsv1.NoneConverter:
		var errs field.ErrorList
		if c.Strategy == "" {
			errs = append(errs, field.Required(p.Child("strategy"), ""))
		}
		if c.Webhook != nil && c.Webhook.ClientConfig != nil {
			errs = append(errs, field.Forbidden(client, "should not be set when strategy is not set to Webhook"))
		}
		if c.Webhook != nil && len(c.Webhook.ConversionReviewVersions) > 0 {
			errs = append(errs, field.Forbidden(versions, "should not be set when strategy is not set to Webhook"))
		}
		return errs
	default:
		return field.ErrorList{field.NotSupported(p.Child("strategy"), c.Strategy, []apiextensionsv1.ConversionStrategyType{apiextensionsv1.NoneConverter, apiextensionsv1.WebhookConverter})}
	}
	if c.Webhook == nil || c.Webhook.ClientConfig == nil {
		return field.ErrorList{field.Required(client, "required when strategy is set to Webhook"), field.Required(versions, "")}
	}
	w := c.Webhook.ClientConfig
	same := admissionv1.WebhookClientConfig{URL: w.URL}
	if w.Service != nil {
		same.Service = &admissionv1.ServiceReference{Namespace: w.Service.Namespace, Name: w.Service.Name, Path: w.Service.Path, Port: w.Service.Port}
	}
	return append(validate.WebhookClient(client, &same), reviewVersions(c.Webhook.ConversionReviewVersions, versions)...)
}

func reviewVersions(list []string, p *field.Path) field.ErrorList {
	if len(list) == 0 {
		return field.ErrorList{field.Required(p, "")}
	}
	var errs field.ErrorList
	seen := sets.New[string]()
	for i, v := range list {
		if seen.Has(v) {
			errs = append(errs, field.Invalid(p.Index(i), v, "duplicate version"))
			continue
		}
		seen.Insert(v)
		errs = append(errs, label(p.Index(i), v, "")...)
	}
	if !seen.HasAny("v1", "v1beta1") {
		errs = append(errs, field.Invalid(p, list, "must include at least one of v1, v1beta1"))
	}
	return errs
}
