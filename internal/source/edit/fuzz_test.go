package edit_test

import (
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/edit"
)

func FuzzApply(f *testing.F) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for i, path := range []string{"a", "spec.replicas", "metadata.labels[x]", "a[0]", "spec.template.spec.containers[0].image", ""} {
			f.Add(a.Files[0].Data, i, path, "value")
			f.Add(a.Files[0].Data, i+1, path, "{a: [b, 1]}")
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, how int, path, written string) {
		v, err := value(written)
		if err != nil {
			v = written
		}
		ops := []objects.EditOp{objects.EditSet, objects.EditRemove, objects.EditRename, objects.EditAdd, objects.EditSet}
		e := objects.Edit{Op: ops[(how&7)%len(ops)], Path: path, Value: v}
		docs := len(edit.Documents(text))
		if docs > 0 && how > 0 {
			e.Doc = (how >> 3) % docs
		}
		n, bad := count(text)
		if !utf8.Valid(text) {
			bad = edit.ErrSyntax // the parser reads UTF-16 too
		}
		if bad == nil && n != docs {
			t.Errorf("%d documents, the parser counts %d", docs, n)
		}
		out, left := edit.Apply(text, []objects.Edit{e})
		if len(left) > 0 {
			if string(out) != string(text) {
				t.Errorf("left out (%v), and yet changed", left[0].Err)
			}
			return
		}
		if n, err := count(out); bad == nil && (err != nil || n < docs) {
			t.Errorf("%d documents, %v:\n%q", n, err, out)
		}
		if e.Op == objects.EditSet {
			if again, left := edit.Apply(out, []objects.Edit{e}); string(again) != string(out) || len(left) > 0 {
				t.Errorf("setting twice: %v\n%q\n%q", left, out, again)
			}
		}
	})
}
