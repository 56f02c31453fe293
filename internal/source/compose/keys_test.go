package compose

import (
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"
	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// legacy are keys of compose-go's types that the specification has given up; the file they are in is refused as a
// whole when they are unknown to the schema.
func TestEveryKeyOfTheSpecificationHasAFate(t *testing.T) {
	for _, p := range schema.AttributePaths() {
		path := string(p)
		if strings.HasSuffix(path, ".*") || strings.HasSuffix(path, ".[]") || path == "services" || path == "jobs" {
			continue
		}
		if strings.HasSuffix(path, "external.name") || strings.HasPrefix(path, "include.[].") {
			continue // an old form of name, and keys that are resolved while reading
		}
		if r, ok := lookup(path); !ok || r.Verdict == 0 || r.Text == "" {
			t.Errorf("%s has no fate in the table", path)
		}
	}
}

func TestEveryFieldOfAServiceHasAFate(t *testing.T) {
	eachField(reflect.TypeFor[types.ServiceConfig](), "", map[reflect.Type]bool{}, func(path string) {
		if r, ok := ruleOf(serviceKeys, path); !ok || r.Text == "" {
			t.Errorf("services.*.%s of compose-go has no fate in the table", path)
		}
	})
	for name, typ := range map[string]reflect.Type{
		"networks": reflect.TypeFor[types.NetworkConfig](), "volumes": reflect.TypeFor[types.VolumeConfig](),
		"secrets": reflect.TypeFor[types.SecretConfig](), "configs": reflect.TypeFor[types.ConfigObjConfig](),
	} {
		eachField(typ, "", map[reflect.Type]bool{}, func(path string) {
			if r, ok := lookup(name + ".*." + path); (!ok || r.Text == "") && schemaHas(name+".*."+path) {
				t.Errorf("%s.*.%s of compose-go has no fate in the table", name, path)
			}
		})
	}
}

func schemaHas(path string) bool {
	return slices.ContainsFunc(schema.AttributePaths(), func(p tree.Path) bool { return string(p) == path })
}

func TestTheTableHasNoKeyThatComposeHasNot(t *testing.T) {
	known := map[string]bool{}
	for _, p := range schema.AttributePaths() {
		known[string(p)] = true
	}
	eachField(reflect.TypeFor[types.ServiceConfig](), "", map[reflect.Type]bool{}, func(path string) { known["services.*."+path] = true })
	for key := range serviceKeys {
		if !known["services.*."+key] && !strings.Contains(key, extensionName) && !strings.HasSuffix(key, ".*") {
			t.Errorf("services.*.%s is in the table and not in Compose", key)
		}
	}
	for key := range projectKeys {
		if !known[key] && !strings.Contains(key, extensionName) && !strings.HasSuffix(key, ".*") && !notInSchema.MatchString(key) {
			t.Errorf("%s is in the table and not in Compose", key)
		}
	}
}

// notInSchema are keys that compose-go's types have and its schema refuses.
var notInSchema = regexp.MustCompile(`^(secrets\.\*\.content|configs\.\*\.driver(_opts)?)$`)

// eachField walks the keys of a type of compose-go as the table writes them.
func eachField(typ reflect.Type, prefix string, seen map[reflect.Type]bool, visit func(path string)) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	defer delete(seen, typ)
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if tag == "-" || tag == "#extensions" || !f.IsExported() || f.Type == reflect.TypeFor[types.Extensions]() {
			continue
		}
		if strings.Contains(opts, "inline") && tag == "" {
			eachField(f.Type, prefix, seen, visit)
			continue
		}
		if tag == "" {
			tag = strings.ToLower(f.Name)
		}
		path := prefix + tag
		visit(path)
		switch inner := f.Type; inner.Kind() {
		case reflect.Slice:
			eachField(inner.Elem(), path+".[].", seen, visit)
		case reflect.Map:
			eachField(inner.Elem(), path+".*.", seen, visit)
		default:
			eachField(inner, path+".", seen, visit)
		}
	}
}

// Every key of the table is in the input of a golden case, so that its fate is seen and not only said.
func TestEveryKeyHasAGoldenCase(t *testing.T) {
	seen := map[string]bool{}
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if !strings.HasSuffix(f.Name, ".yaml") || f.Name == "objects.yaml" {
				continue
			}
			if n, err := position.Parse(f.Name, f.Data); err == nil {
				patterns(n, specification(), "", seen)
			}
		}
	}
	for _, table := range []struct {
		prefix string
		rules  map[string]Rule
	}{{"services.*.", serviceKeys}, {"", projectKeys}} {
		for key := range table.rules {
			if p := table.prefix + key; !seen[p] && !strings.HasSuffix(p, ".*") && p != "services.*.name" && !notInSchema.MatchString(p) {
				t.Errorf("no golden case has %s", p)
			}
		}
	}
}

func patterns(n *position.Node, spec attribute, at string, seen map[string]bool) {
	switch n.Kind {
	case position.Map:
		for _, k := range n.Keys() {
			next, name := spec[k], k
			if next == nil && spec["*"] != nil {
				next, name = spec["*"], "*"
			}
			p := strings.TrimPrefix(at+"."+name, ".")
			seen[p] = true
			patterns(n.Child(k), next, p, seen)
		}
	case position.List:
		for _, it := range n.Items {
			patterns(it, spec["[]"], at+".[]", seen)
		}
	}
}
