package support

import (
	"reflect"
	"testing"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// A field that a newer Kubernetes adds must be decided about in fields.txt before this passes again.
func TestEveryFieldOfEveryServedKindIsInTheTable(t *testing.T) {
	rules, err := table()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var types func(reflect.Type, bool)
	types = func(ty reflect.Type, root bool) {
		for ty.Kind() == reflect.Pointer || ty.Kind() == reflect.Slice || ty.Kind() == reflect.Map {
			ty = ty.Elem()
		}
		if leaf(ty) || seen[ty] {
			return
		}
		seen[ty] = true
		name := typeName(ty)
		of := rules[name]
		if of == nil {
			t.Errorf("%s is not in fields.txt", name)
			return
		}
		missing := map[string]bool{}
		for f := range of {
			missing[f] = true
		}
		var fields func(reflect.Type)
		fields = func(ty reflect.Type) {
			for i := range ty.NumField() {
				f := ty.Field(i)
				n, inline := jsonName(f)
				if inline {
					if !leaf(f.Type) {
						fields(f.Type)
					}
					continue
				}
				if root && (n == "status" || n == "metadata") || n == "metadata" {
					delete(missing, n)
					continue
				}
				delete(missing, n)
				r, ok := of[n]
				if !ok {
					t.Errorf("%s.%s is not in fields.txt", name, n)
				}
				if always := len(r) == 1 && r[0].advice != "" && r[0].values == nil; ok && !always {
					types(f.Type, false)
				}
			}
		}
		fields(ty)
		for f := range missing {
			t.Errorf("%s has no field %q, which fields.txt names", name, f)
		}
	}
	for _, k := range store.Kinds {
		if judged(k.New()) {
			types(reflect.TypeOf(k.New()).Elem(), true)
		}
	}
	for name := range rules {
		found := false
		for ty := range seen {
			found = found || typeName(ty) == name
		}
		if !found {
			t.Errorf("fields.txt has %s, which no served kind uses", name)
		}
	}
}
