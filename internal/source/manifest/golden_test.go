package manifest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write what is read into testdata")

// A golden case is one file: manifests (*.yaml), the objects that are read, what was noted and what is wrong.
func TestManifestsAreReadAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var texts []Text
			var input []txtar.File
			want := map[string]string{}
			for _, f := range a.Files {
				if filepath.Ext(f.Name) == "" {
					want[f.Name] = string(f.Data)
					continue
				}
				input = append(input, f)
				data := strings.ReplaceAll(string(f.Data), "␍", "\r")
				texts = append(texts, Text{File: f.Name, Data: []byte(data), Named: !strings.HasPrefix(f.Name, "unnamed")})
			}
			got := print(t, Read(texts))
			if *update {
				for _, name := range []string{"objects", "notes", "problems", "skipped"} {
					if got[name] != "" {
						input = append(input, txtar.File{Name: name, Data: []byte(got[name])})
					}
				}
				a.Files = input
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, name := range []string{"objects", "notes", "problems", "skipped"} {
				if d := cmp.Diff(want[name], got[name]); d != "" {
					t.Errorf("%s (-want +got):\n%s", name, d)
				}
			}
		})
	}
}

func print(t *testing.T, r *Result) map[string]string {
	t.Helper()
	app := r.Assemble(Options{Name: "shop"})
	var objects, notes, problems strings.Builder
	for _, o := range app.Objects {
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		clean := strings.NewReplacer("  creationTimestamp: null\n", "", "status: {}\n", "", "metadata:\n  creationTimestamp: null\n", "").Replace(string(text))
		fmt.Fprintf(&objects, "--- # %s\n%s", o.Origin, clean)
	}
	for _, n := range app.Notes {
		fmt.Fprintln(&notes, n)
	}
	for _, p := range app.Problems {
		fmt.Fprintf(&problems, "%s:%d: %s: %s: %s: %s\n", p.Origin.File, p.Origin.Line, p.Rule, p.Object, p.Field, p.Text)
	}
	skipped := ""
	for _, file := range r.Skipped {
		skipped += file + "\n"
	}
	return map[string]string{"objects": objects.String(), "notes": notes.String(), "problems": problems.String(), "skipped": skipped}
}
