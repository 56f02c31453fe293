package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"golang.org/x/tools/txtar"
)

// odd values stand where a file would have another: each is compiled or refused, none ends the program.
var odd = []string{"null", "''", "-1", "true", "[]", "{}", "[x]", "{x: y}", "999999999999999999999", "é $(x) %s `", "[null]", "{x: null}", "[[x]]", "!!int x", "service:app", "[{}]"}

func TestOddValuesNeverEndTheProgram(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "compose.yaml")
	turn := 0
	every := 41 // of the odd values: a prime, so that each place sees another one
	if os.Getenv("ODD") == "all" {
		every = 1
	}
	for _, golden := range files {
		a, err := txtar.ParseFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range a.Files {
			if part.Name != "compose.yaml" {
				continue
			}
			for at := 0; ; at++ {
				for _, value := range odd {
					if turn++; turn%every != 0 {
						continue
					}
					text, ok := replaced(part.Data, at, value)
					if !ok {
						goto next
					}
					if err := os.WriteFile(file, text, 0o644); err != nil {
						t.Fatal(err)
					}
					func() {
						defer func() {
							if p := recover(); p != nil {
								t.Fatalf("%s, place %d, %s: %v\n%s", golden, at, value, p, text)
							}
						}()
						app, err := Load(t.Context(), []string{file}, Options{Env: map[string]string{}})
						if err != nil && !strings.Contains(err.Error(), "compose.yaml") {
							t.Errorf("%s, place %d, %s: an error without a place: %v", golden, at, value, err)
						}
						if err == nil {
							if err := app.Finish(nil); err != nil {
								t.Error(err)
							}
						}
					}()
				}
			}
		next:
		}
	}
}

// replaced puts a value in the place of the nth value of a document.
func replaced(text []byte, nth int, value string) ([]byte, bool) {
	var doc, other yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 || yaml.Unmarshal([]byte(value), &other) != nil {
		return nil, false
	}
	put := &other
	if len(other.Content) > 0 {
		put = other.Content[0]
	}
	n := 0
	var walk func(y *yaml.Node) bool
	walk = func(y *yaml.Node) bool {
		for i, c := range y.Content {
			if y.Kind == yaml.MappingNode && i%2 == 0 {
				continue
			}
			if n == nth {
				y.Content[i] = put
				return true
			}
			n++
			if walk(c) {
				return true
			}
		}
		return false
	}
	if !walk(&doc) {
		return nil, false
	}
	out, err := yaml.Marshal(&doc)
	return out, err == nil
}
