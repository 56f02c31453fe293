package support

import (
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// typeName is how fields.txt names a type: the last two parts of its package's path, and its name.
func typeName(t reflect.Type) string {
	dir, version := path.Split(t.PkgPath())
	return path.Base(dir) + "/" + version + "." + t.Name()
}

// leaf types are values of their own, whatever their fields.
func leaf(t reflect.Type) bool {
	switch t.Name() {
	case "Quantity", "IntOrString", "Time", "MicroTime", "ObjectMeta", "RawExtension", "TypeMeta":
		return true
	}
	return t.Kind() != reflect.Struct
}

// jsonName is the field's name, and whether its own fields stand in its place.
func jsonName(f reflect.StructField) (name string, inline bool) {
	name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, name == "" && (f.Anonymous || strings.Contains(opts, "inline"))
}

// visitor sees every field that has a value, with the rules that concern the value. known is false for a field that
// fields.txt does not have. Fields below one that is refused or warned about as a whole are not seen.
type visitor func(p *field.Path, value any, rules []rule, known bool)

func walk(obj runtime.Object, see visitor) error {
	rules, err := table()
	if err != nil {
		return err
	}
	v := reflect.ValueOf(obj)
	if v.Kind() != reflect.Pointer || v.IsNil() || leaf(v.Elem().Type()) {
		return nil
	}
	w := &walker{rules: rules, see: see}
	w.fields(nil, v.Elem(), rules[typeName(v.Elem().Type())], true)
	return nil
}

type walker struct {
	rules map[string]map[string][]rule
	see   visitor
}

func (w *walker) fields(p *field.Path, v reflect.Value, rules map[string][]rule, root bool) {
	for i := range v.NumField() {
		f, fv := v.Type().Field(i), v.Field(i)
		name, inline := jsonName(f)
		switch {
		case inline && leaf(f.Type):
			continue
		case inline:
			w.fields(p, fv, rules, root)
			continue
		case !f.IsExported() || name == "-" || fv.IsZero() || root && name == "metadata":
			continue
		case name == "status" && fv.Kind() == reflect.Struct: // also that which defaults give a claim's template
			continue
		}
		of, known := rules[name]
		var concerned []rule
		for _, r := range of {
			if r.advice != "" && r.concerns(text(fv)) {
				concerned = append(concerned, r)
			}
		}
		at := p.Child(name)
		if p == nil {
			at = field.NewPath(name)
		}
		w.see(at, fv.Interface(), concerned, known)
		if known && !slices.ContainsFunc(concerned, func(r rule) bool { return r.values == nil }) {
			w.value(at, fv)
		}
	}
}

func (w *walker) value(p *field.Path, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			w.value(p, v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			w.value(p.Index(i), v.Index(i))
		}
	case reflect.Struct:
		if !leaf(v.Type()) {
			w.fields(p, v, w.rules[typeName(v.Type())], false)
		}
	}
}

// text is a plain value as a manifest has it.
func text(v reflect.Value) string {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.CanAddr() {
		if s, ok := v.Addr().Interface().(fmt.Stringer); ok {
			return s.String()
		}
	}
	switch v.Kind() {
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64:
		return fmt.Sprint(v.Interface())
	}
	return ""
}
