package typeschema

import (
	_ "embed" // the file of the schema
	"encoding/json"

	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

//go:generate go test -run TestTheSchemaIsThatOfClientGo -update .

//go:embed schema.json
var file []byte

// Parser returns a parser of the served types, under the names that OpenAPI gives them. It is made anew each time.
func Parser() (*typed.Parser, error) {
	var nodes map[string]node
	if err := json.Unmarshal(file, &nodes); err != nil {
		return nil, err
	}
	types := make([]schema.TypeDef, 0, len(nodes))
	for name, n := range nodes {
		types = append(types, schema.TypeDef{Name: name, Atom: n.atom()})
	}
	return &typed.Parser{Schema: schema.Schema{Types: types}}, nil
}

// node is one type as it is in the file.
type node struct {
	Ref    string  `json:"r,omitempty"` // the name of another type
	Scalar string  `json:"s,omitempty"`
	List   *list   `json:"l,omitempty"`
	Map    *fields `json:"m,omitempty"`
	As     *string `json:"a,omitempty"` // how this use of a type is merged, if not as the type says
	Null   bool    `json:"n,omitempty"`
}

type list struct {
	Of   node     `json:"of"`
	As   string   `json:"a,omitempty"`
	Keys []string `json:"k,omitempty"`
}

type fields struct {
	Fields []field `json:"f,omitempty"`
	Of     *node   `json:"of,omitempty"`
	As     string  `json:"a,omitempty"`
}

type field struct {
	Name    string `json:"n"`
	Type    node   `json:"t"`
	Default any    `json:"d,omitempty"`
}

func (n node) atom() schema.Atom {
	var a schema.Atom
	if n.Scalar != "" {
		s := schema.Scalar(n.Scalar)
		a.Scalar = &s
	}
	if n.List != nil {
		a.List = &schema.List{ElementType: n.List.Of.ref(), ElementRelationship: schema.ElementRelationship(n.List.As), Keys: n.List.Keys}
	}
	if n.Map != nil {
		a.Map = &schema.Map{ElementRelationship: schema.ElementRelationship(n.Map.As)}
		if n.Map.Of != nil {
			a.Map.ElementType = n.Map.Of.ref()
		}
		for _, f := range n.Map.Fields {
			a.Fields = append(a.Fields, schema.StructField{Name: f.Name, Type: f.Type.ref(), Default: whole(f.Default)})
		}
	}
	return a
}

func (n node) ref() schema.TypeRef {
	r := schema.TypeRef{Inlined: n.atom(), Nullable: n.Null}
	if n.Ref != "" {
		r.NamedType = &n.Ref
	}
	if n.As != nil {
		as := schema.ElementRelationship(*n.As)
		r.ElementRelationship = &as
	}
	return r
}

// whole makes integers of the whole numbers that JSON gives as floats.
func whole(v any) any {
	if f, ok := v.(float64); ok && f == float64(int(f)) {
		return int(f)
	}
	return v
}
