package edit_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/edit"
	"go.yaml.in/yaml/v4"
)

func TestPublishedManifestsTakeALabelInEveryDocument(t *testing.T) {
	root := os.Getenv("SLIPWAY_SEEDS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "seeds")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("the published deployments are not on this machine")
	}
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" && filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for i, span := range edit.Documents(text) {
			labelled(t, path, text, i, span)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
}

func labelled(t *testing.T, path string, text []byte, doc int, span edit.Span) {
	t.Helper()
	e := objects.Edit{Op: objects.EditSet, Doc: doc, Path: "metadata.labels[x]", Value: "yes"}
	out, left := edit.Apply(text, []objects.Edit{e})
	var root yaml.Node
	lines := strings.SplitAfter(string(text), "\n")
	own := strings.Join(lines[span.First-1:span.Last], "")
	n, err := count([]byte(own))
	invalid := n != 1 || err != nil || yaml.Unmarshal([]byte(own), &root) != nil
	if !invalid && root.Content[0].Kind != yaml.MappingNode {
		invalid = root.Content[0].Kind != yaml.ScalarNode || root.Content[0].Tag != "!!null"
	}
	if invalid {
		if len(left) != 1 || string(out) != string(text) {
			t.Errorf("%s, document %d: was edited, though it is no mapping", path, doc)
		}
		return
	}
	if len(left) > 0 {
		t.Errorf("%s: %v", path, left[0].Err)
		return
	}
	added := 0
	for line := range strings.Lines(edit.Diff("x", text, out)) {
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"):
		case strings.HasPrefix(line, "-"):
			t.Errorf("%s, document %d: loses %q", path, doc, line)
		case strings.HasPrefix(line, "+"):
			added++
		}
	}
	if added < 1 || added > 3 {
		t.Errorf("%s, document %d: %d lines more", path, doc, added)
	}
	if again, _ := edit.Apply(out, []objects.Edit{e}); string(again) != string(out) {
		t.Errorf("%s, document %d: setting twice changes the text", path, doc)
	}
}

func TestLongFilesTakeManyEdits(t *testing.T) {
	text, edits := long(10_000, 100)
	out, left := edit.Apply(text, edits)
	if len(left) > 0 {
		t.Fatal(left[0].Err)
	}
	if n := strings.Count(edit.Diff("x", text, out), "\n-  "); n != len(edits) {
		t.Errorf("%d lines changed, want %d", n, len(edits))
	}
}

func BenchmarkApply(b *testing.B) {
	text, edits := long(10_000, 100)
	for b.Loop() {
		edit.Apply(text, edits)
	}
}

// long is one document of so many lines, with edits all over it.
func long(lines, count int) (text []byte, edits []objects.Edit) {
	var b strings.Builder
	b.WriteString("items:\n")
	for i := range lines / 4 {
		fmt.Fprintf(&b, "- name: n%d # é\n  spec:\n    replicas: 1\n    image: \"a:%d\"\n", i, i)
	}
	for i := range count {
		path := fmt.Sprintf("items[%d].spec.replicas", i*(lines/4/count))
		edits = append(edits, objects.Edit{Op: objects.EditSet, Path: path, Value: 2})
	}
	return []byte(b.String()), edits
}

func TestValuesOfEverySortAreWritten(t *testing.T) {
	name := "pointed at"
	value := map[string]any{
		"string": "a", "bool": true, "int": 1, "int32": int32(2), "int64": int64(-3), "uint": uint(4), "float": 1.5, "whole": 2.0,
		"nil": nil, "list": []any{"x", 1}, "strings": []string{"a"}, "map": map[string]string{"b": "2", "a": "1"},
		"ordered": objects.Ordered{{Key: "z", Value: 1}, {Key: "a", Value: objects.Ordered{}}}, "pointer": &name,
	}
	want := `bool: true
float: 1.5
int: 1
int32: 2
int64: -3
list:
- x
- 1
map:
  a: "1"
  b: "2"
nil: null
ordered:
  z: 1
  a: {}
pointer: pointed at
string: a
strings:
- a
uint: 4
whole: 2
`
	if got := edit.Snippet(value); got != want {
		t.Errorf("got:\n%s", got)
	}
	_, left := edit.Apply([]byte("a: 1\n"), []objects.Edit{{Op: objects.EditSet, Path: "a", Value: struct{}{}}, {Op: "turn", Path: "a"}})
	if len(left) != 2 {
		t.Errorf("left out: %v", left)
	}
}

func TestDiffReadsAsGitWritesIt(t *testing.T) {
	got := edit.Diff("shop/api.yaml", []byte("a: 1\nb: 2\n"), []byte("a: 1\nb: 3"))
	want := "--- a/shop/api.yaml\n+++ b/shop/api.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n\\ No newline at end of file\n"
	if got != want {
		t.Errorf("got:\n%s", got)
	}
	if got := edit.Diff("x", []byte("a"), []byte("a")); got != "" {
		t.Errorf("a difference where there is none:\n%s", got)
	}
}
