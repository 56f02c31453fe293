package validate

import (
	"cmp"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// findings collects what is wrong with one object, in the order of an API server's answer.
type findings struct{ errs field.ErrorList }

func (f *findings) add(errs ...*field.Error)         { f.errs = append(f.errs, errs...) }
func (f *findings) all(errs field.ErrorList)         { f.errs = append(f.errs, errs...) }
func (f *findings) required(p *field.Path)           { f.add(field.Required(p, "")) }
func (f *findings) forbid(p *field.Path, why string) { f.add(field.Forbidden(p, why)) }

// invalid adds one finding for each message; none if there are no messages.
func (f *findings) invalid(p *field.Path, value any, msgs ...string) {
	for _, m := range msgs {
		f.add(field.Invalid(p, value, m))
	}
}

func (f *findings) notNegative(p *field.Path, value int64) {
	f.all(apivalidation.ValidateNonnegativeField(value, p))
}

// notNegativeIf is notNegative for an optional field.
func notNegativeIf[T int32 | int64](f *findings, p *field.Path, value *T) {
	if value != nil {
		f.notNegative(p, int64(*value))
	}
}

func (f *findings) positive(p *field.Path, value int64) {
	if value <= 0 {
		f.invalid(p, value, "must be greater than zero")
	}
}

func (f *findings) label(p *field.Path, value string) {
	f.invalid(p, value, validation.IsDNS1123Label(value)...)
}
func (f *findings) subdomain(p *field.Path, value string) {
	f.invalid(p, value, validation.IsDNS1123Subdomain(value)...)
}
func (f *findings) qualified(p *field.Path, value string) {
	f.all(metavalidation.ValidateLabelName(value, p))
}
func (f *findings) port(p *field.Path, value int32) {
	f.invalid(p, value, validation.IsValidPortNum(int(value))...)
}

func (f *findings) portOrName(p *field.Path, v intstr.IntOrString) {
	if v.Type == intstr.Int {
		f.invalid(p, v.IntValue(), validation.IsValidPortNum(v.IntValue())...)
	} else {
		f.invalid(p, v.StrVal, validation.IsValidPortName(v.StrVal)...)
	}
}

func (f *findings) ip(p *field.Path, value string, known ...string) {
	f.all(validation.IsValidIPForLegacyField(p, value, true, known))
}

func (f *findings) selector(p *field.Path, s *metav1.LabelSelector) {
	f.all(metavalidation.ValidateLabelSelector(s, metavalidation.LabelSelectorValidationOptions{}, p))
}

func (f *findings) immutable(p *field.Path, now, before any) {
	f.all(apivalidation.ValidateImmutableField(now, before, p))
}

// oneOf wants one of the values; an empty one is a missing field.
func oneOf[T ~string](f *findings, p *field.Path, value T, allowed ...T) {
	if value == "" {
		f.required(p)
		return
	}
	enum(f, p, value, allowed...)
}

// enum wants one of the values and treats an empty one like any other.
func enum[T ~string](f *findings, p *field.Path, value T, allowed ...T) {
	if !slices.Contains(allowed, value) {
		f.add(field.NotSupported(p, value, allowed))
	}
}

// optional is enum for a pointer that may be nil.
func optional[T ~string](f *findings, p *field.Path, value *T, allowed ...T) {
	if value != nil {
		enum(f, p, *value, allowed...)
	}
}

// unique adds a Duplicate if the value was there before, and remembers it.
func unique[T comparable](f *findings, p *field.Path, seen sets.Set[T], value T) {
	if seen.Has(value) {
		f.add(field.Duplicate(p, value))
	}
	seen.Insert(value)
}

// sorted walks a map in the order of its keys, so that answers do not change from one time to the next.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func same(a, b any) bool { return equality.Semantic.DeepEqual(a, b) }
