package rendered

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/objects"
)

const two = `# a comment
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
kind: Deployment
metadata:
  name: b
spec:
  containers:
  - name: side
    image: side:1
  - name: main
    image: main:1
    args: [one, two]
`

func TestPartsStandWhereTheyWereWritten(t *testing.T) {
	s := Parse("two.yaml", []byte(two))
	if len(s.Parts) != 2 || s.Parts[0].Line != 2 || s.Parts[1].Line != 6 || s.Parts[1].Doc != 1 {
		t.Fatalf("%+v", s.Parts)
	}
}

func TestItemsAreFoundByName(t *testing.T) {
	s := Parse("two.yaml", []byte(two))
	made := ParseNode([]byte("spec: {containers: [{name: new}, {name: main, image: main:1, args: [two]}]}"))
	for path, want := range map[string]struct {
		line     int
		same, ok bool
	}{
		"spec.containers[1].image":   {14, true, true},
		"spec.containers[1].args":    {15, true, true},
		"spec.containers[1].args[0]": {15, true, true},
		"spec.containers[0].name":    {0, false, false},
		"spec.containers[1].command": {0, false, false},
		"spec":                       {9, true, true},
	} {
		line, same, ok := Match(made, s.Parts[1].Node, objects.ParsePath(path))
		if line != want.line || same != want.same || ok != want.ok {
			t.Errorf("%s: line %d, same %v, ok %v", path, line, same, ok)
		}
	}
}

func TestAListIsItsItems(t *testing.T) {
	s := Parse("list.yaml", []byte("kind: List\nitems:\n- kind: A\n- kind: B\n"))
	if len(s.Parts) != 2 || s.Parts[1].Line != 4 {
		t.Fatalf("%+v", s.Parts)
	}
}

func FuzzFieldsAreLookedUpInAnyText(f *testing.F) {
	f.Add([]byte(two), "spec.containers[1].image")
	f.Add([]byte("a: &a [*a]\nb: {<<: *a}"), "b.c[0]")
	f.Add([]byte("items: &x [*x]\n"), "items[0]")
	f.Add([]byte("&x\nitems: [*x]\n"), "items[0]")
	f.Add([]byte("--- &x {items: [*x]}\n"), "items[0]")
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		for _, p := range Parse("f.yaml", text).Parts {
			if p.Line < 1 {
				t.Fatal("no line")
			}
			Match(p.Node, p.Node, objects.ParsePath(path))
		}
	})
}
