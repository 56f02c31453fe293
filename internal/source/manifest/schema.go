package manifest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/objects"
)

// fault is a field that does not fit the type of its object.
type fault struct {
	path    []objects.Step
	unknown bool
	text    string
	value   any          // as written
	want    reflect.Kind // of what the type wants; Invalid if that is more than a kind
	similar string       // a field that may have been meant
}

// fit compares a value with the Go type that an API server decodes it into, and takes out of it what does not fit, so
// that the rest can be decoded and judged. It says all that a server's strict decoding would say, and not just the
// first.
func fit(v any, t reflect.Type) []fault {
	f := &fitter{}
	f.any(v, t, nil)
	return f.faults
}

type fitter struct{ faults []fault }

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// any reports whether the value can stay.
func (f *fitter) any(v any, t reflect.Type, at []objects.Step) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if v == nil {
		return true // a client sends null, and a server takes it for nothing
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return f.own(v, t, at)
	}
	switch t.Kind() {
	case reflect.Struct:
		m, ok := v.(map[string]any)
		if !ok {
			return f.wrong(v, t, at)
		}
		f.structure(m, t, at)
		return true
	case reflect.Map:
		m, ok := v.(map[string]any)
		if !ok {
			return f.wrong(v, t, at)
		}
		for _, k := range sortedKeys(m) {
			if t.Elem().Kind() == reflect.Slice && t.Elem().Elem().Kind() == reflect.Uint8 && m[k] == nil {
				continue
			}
			if !f.any(m[k], t.Elem(), step(at, k)) {
				delete(m, k)
			}
		}
		return true
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return f.bytes(v, t, at)
		}
		l, ok := v.([]any)
		if !ok {
			return f.wrong(v, t, at)
		}
		for i := range l {
			if !f.any(l[i], t.Elem(), append(at[:len(at):len(at)], objects.Step{Index: i})) {
				l[i] = nil
			}
		}
		return true
	case reflect.Interface:
		return true
	}
	return f.scalar(v, t, at)
}

func (f *fitter) structure(m map[string]any, t reflect.Type, at []objects.Step) {
	known := fieldsOf(t)
	for _, k := range sortedKeys(m) {
		ft, ok := known[k]
		if !ok {
			similar := nearest(k, known)
			text := "is no field of " + t.Name()
			f.faults = append(f.faults, fault{path: step(at, k), unknown: true, text: text, value: m[k], similar: similar})
			delete(m, k)
			continue
		}
		if !f.any(m[k], ft, step(at, k)) {
			delete(m, k)
		}
	}
}

// own lets a type that reads JSON by itself do so: quantities, times, ports that may be names.
func (f *fitter) own(v any, t reflect.Type, at []objects.Step) bool {
	if t == reflect.TypeFor[intstr.IntOrString]() {
		switch v.(type) {
		case int64, string:
			return true
		}
		return f.wrong(v, t, at)
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, reflect.New(t).Interface())
	}
	if err != nil {
		f.faults = append(f.faults, fault{path: at, text: fmt.Sprintf("%s: %v", show(v), err), value: v})
		return false
	}
	return true
}

func (f *fitter) bytes(v any, t reflect.Type, at []objects.Step) bool {
	text, ok := v.(string)
	if !ok {
		return f.wrong(v, t, at)
	}
	var b []byte
	quoted, _ := json.Marshal(text)
	if err := json.Unmarshal(quoted, &b); err != nil {
		f.faults = append(f.faults, fault{path: at, text: "is not base64: " + err.Error(), value: v})
		return false
	}
	return true
}

func (f *fitter) scalar(v any, t reflect.Type, at []objects.Step) bool {
	ok := false
	switch t.Kind() {
	case reflect.String:
		_, ok = v.(string)
	case reflect.Bool:
		_, ok = v.(bool)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var i int64
		if i, ok = v.(int64); ok {
			ok = !reflect.New(t).Elem().OverflowInt(i)
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		var i int64
		if i, ok = v.(int64); ok {
			ok = i >= 0 && !reflect.New(t).Elem().OverflowUint(uint64(i)) //nolint:gosec // not negative
		}
	case reflect.Float32, reflect.Float64:
		switch v.(type) {
		case int64, float64:
			ok = true
		}
	default:
		ok = true
	}
	return ok || f.wrong(v, t, at)
}

func (f *fitter) wrong(v any, t reflect.Type, at []objects.Step) bool {
	f.faults = append(f.faults, fault{path: at, value: v, want: t.Kind(), text: fmt.Sprintf("is %s, but must be %s", show(v), wanted(t))})
	return false
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		if t == reflect.TypeFor[intstr.IntOrString]() {
			return "a whole number or a text"
		}
		return "a mapping"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// show names a value as a person would.
func show(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 60 {
			v = v[:60] + "…"
		}
		return fmt.Sprintf("the text %q", v)
	case bool:
		return fmt.Sprintf("the truth value %t", v)
	case int64, float64:
		return fmt.Sprintf("the number %v", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return "nothing"
}

// step adds a key to a path without sharing its memory.
func step(at []objects.Step, key string) []objects.Step {
	return append(at[:len(at):len(at)], objects.Step{Key: key, Index: -1})
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var structs sync.Map // reflect.Type → map[string]reflect.Type

// fieldsOf are the fields of a type by their names in JSON, those of embedded types among them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if known, ok := structs.Load(t); ok {
		return known.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case name == "" && (f.Anonymous || strings.Contains(options, "inline")):
			inner := f.Type
			for inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			for k, v := range fieldsOf(inner) {
				fields[k] = v
			}
		default:
			fields[name] = f.Type
		}
	}
	structs.Store(t, fields)
	return fields
}
