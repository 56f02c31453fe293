package typeschema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

var update = flag.Bool("update", false, "write the schema file anew from client-go's")

// clientGo returns client-go's types that can be reached from the served kinds, by name.
func clientGo(t *testing.T) map[string]schema.Atom {
	t.Helper()
	converter := applyconfigurations.NewTypeConverter(scheme.Scheme)
	out := map[string]schema.Atom{}
	for _, k := range store.Kinds {
		obj := k.New()
		obj.GetObjectKind().SetGroupVersionKind(k.GVK)
		value, err := converter.ObjectToTyped(obj)
		if err != nil {
			t.Fatal(err)
		}
		reach(t, value.Schema(), value.TypeRef(), out)
	}
	return out
}

// reach notes a type and all below it. Unions are left out: structured-merge-diff v6 reads them and does nothing.
func reach(t *testing.T, s *schema.Schema, ref schema.TypeRef, out map[string]schema.Atom) {
	t.Helper()
	atom := ref.Inlined
	if ref.NamedType != nil {
		if _, known := out[*ref.NamedType]; known {
			return
		}
		def, ok := s.FindNamedType(*ref.NamedType)
		if !ok {
			t.Fatalf("no type %s", *ref.NamedType)
		}
		atom = def.Atom
		out[*ref.NamedType] = atom
	}
	if atom.List != nil {
		reach(t, s, atom.List.ElementType, out)
	}
	if atom.Map != nil {
		reach(t, s, atom.Map.ElementType, out)
		for _, f := range atom.Fields {
			reach(t, s, f.Type, out)
		}
	}
}

func ofAtom(a schema.Atom) node {
	var n node
	if a.Scalar != nil {
		n.Scalar = string(*a.Scalar)
	}
	if a.List != nil {
		n.List = &list{Of: ofRef(a.List.ElementType), As: string(a.List.ElementRelationship), Keys: a.Keys}
	}
	if a.Map != nil {
		n.Map = &fields{As: string(a.Map.ElementRelationship)}
		if of := ofRef(a.Map.ElementType); !reflect.DeepEqual(of, node{}) {
			n.Map.Of = &of
		}
		for _, f := range a.Fields {
			n.Map.Fields = append(n.Map.Fields, field{f.Name, ofRef(f.Type), plain(f.Default)})
		}
	}
	return n
}

func ofRef(r schema.TypeRef) node {
	n := ofAtom(r.Inlined)
	n.Null = r.Nullable
	if r.NamedType != nil {
		n.Ref = *r.NamedType
	}
	if r.ElementRelationship != nil {
		as := string(*r.ElementRelationship)
		n.As = &as
	}
	return n
}

// plain makes a default of YAML one of JSON.
func plain(v any) any {
	if m, ok := v.(map[any]any); ok {
		out := map[string]any{}
		for k, v := range m {
			out[k.(string)] = plain(v)
		}
		return out
	}
	return v
}

func TestTheSchemaIsThatOfClientGo(t *testing.T) {
	nodes := map[string]node{}
	for name, atom := range clientGo(t) {
		nodes[name] = ofAtom(atom)
	}
	want, err := json.Marshal(nodes)
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(file, want) {
		t.Error("schema.json is not what client-go says; run go generate")
	}
}

func TestTheParserReadsWhatWasWritten(t *testing.T) {
	parser, err := Parser()
	if err != nil {
		t.Fatal(err)
	}
	for name, atom := range clientGo(t) {
		def, ok := parser.Schema.FindNamedType(name)
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		if got, want := ofAtom(def.Atom), ofAtom(atom); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v instead of %+v", name, got, want)
		}
	}
	pod, ok := parser.Schema.FindNamedType("io.k8s.api.core.v1.PodSpec")
	if !ok {
		t.Fatal("no PodSpec")
	}
	containers, _ := pod.FindField("containers")
	if l := containers.Type.Inlined.List; l == nil || l.ElementRelationship != schema.Associative || !reflect.DeepEqual(l.Keys, []string{"name"}) {
		t.Errorf("containers: %+v", containers.Type)
	}
}
