package repair

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// FuzzDocument looks for texts that the package fails at, and for mends that are none.
func FuzzDocument(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(shown.real(string(a.Files[0].Data))))
	}
	for _, seed := range []string{"", "\x00", "- - - [", "a: \"\n'", "{{", "{%\n%}", "\xff\xfea", "\t\t", "?\n:", "a: |2\n x", "%TAG", "--- |\n\tx", "“", "- –", ": :"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<14 {
			return
		}
		mended, problems, ok := Document("f.yaml", 1, text)
		if ok != (parse(mended) == nil) {
			t.Fatalf("ok is %v", ok)
		}
		if !ok && len(problems) == 0 {
			t.Fatal("no YAML, and nothing is said")
		}
		if len(problems) == 0 && !bytes.Equal(mended, text) {
			t.Fatal("a text was changed, and nothing is said")
		}
		if parse(text) == nil && !Suspicious(text) && !scalar(text) && !bytes.Equal(mended, text) {
			t.Fatal("a clean text was changed")
		}
		lines := len(split(string(text)))
		for _, p := range problems {
			if p.Rule == "" || p.Text == "" || p.Advice == "" || p.Origin.Line < 1 || p.Origin.Line > max(lines, 1) {
				t.Fatalf("%+v of %d lines", p, lines)
			}
			if p.Mended && !ok {
				t.Fatalf("%s is mended in a text that is no YAML", p.Rule)
			}
			for _, e := range p.Edits {
				if e.First < 1 || e.Last < e.First || e.Last > lines || !strings.HasSuffix(e.Value.(string), "\n") && e.Value != "" {
					t.Fatalf("%+v of %d lines", e, lines)
				}
			}
		}
		if again, more, _ := Document("f.yaml", 1, mended); ok && len(problems) > 0 && len(more) == 0 && !bytes.Equal(again, mended) {
			t.Fatal("what was mended is mended again")
		}
	})
}
