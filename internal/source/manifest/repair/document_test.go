package repair

import (
	"strings"
	"testing"

	"github.com/slipway-sh/slipway/internal/source/edit"
)

func TestPlacesAreThoseOfTheFile(t *testing.T) {
	file := "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n---\napiVersion: v1\n  kind: Namespace\n  metadata:\n    name: b\n"
	second := strings.Join(strings.SplitAfter(file, "\n")[4:], "")
	_, problems, ok := Document("f", 5, []byte(second))
	if !ok || len(problems) != 1 || problems[0].Origin.Line != 7 {
		t.Fatal(ok, problems)
	}
	out, left := edit.Apply([]byte(file), problems[0].Edits)
	if want := strings.Replace(file, "  kind: Namespace\n  metadata:\n    name: b", "kind: Namespace\nmetadata:\n  name: b", 1); string(out) != want || len(left) > 0 {
		t.Errorf("%v\n%s", left, out)
	}
}

func TestLanguageIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"a: {{ .Values.x }}":        Helm,
		"{{- if eq .x 1 }}":         Helm,
		"a: {{ x }}":                Jinja,
		"{% if x %}":                Jinja,
		"a: <%= x %>":               ERB,
		"{{#x}}":                    Mustache,
		"a: ${X}":                   Envsubst,
		`{"a": {"b": {}}, "c": $x}`: "",
	} {
		if got := Language([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Each line of these texts is a fault, or begins something that never ends: the work on them must stay bounded.
func TestTextsFullOfFaultsComeToAnEnd(t *testing.T) {
	for _, piece := range []string{"a:\n- b: 1\n c: 2\n", "{{", "{%\n", "a: \"x\n", "\ta:\n", "[“a, ", "a: {\n", "-a: 1\n", "&a ", "a: b: c\n"} {
		text := []byte(strings.Repeat(piece, 40_000/len(piece)))
		if mended, _, ok := Document("f", 1, text); ok != (parse(mended) == nil) {
			t.Errorf("%q: ok is %v", piece, ok)
		}
	}
}
