package script

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects"
)

var update = flag.Bool("update", false, "write what is read into testdata")

// A golden case is one file: the commands (the first file) and what lies beside them, then what is read of them.
//
//	result    objects, what is installed, applied and scaled, manifests within the commands
//	problems  what is wrong with the commands
//	fixed     the commands after the edits, if there are any
func TestCommandsAreReadAsTheyWouldRun(t *testing.T) {
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
			dir := t.TempDir()
			want := map[string]string{}
			kept := &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if f.Name == "result" || f.Name == "problems" || f.Name == "fixed" {
					want[f.Name] = string(f.Data)
					continue
				}
				kept.Files = append(kept.Files, f)
				path := filepath.Join(dir, f.Name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			script := filepath.Join(dir, a.Files[0].Name)
			r := Read(script, a.Files[0].Data)
			got := map[string]string{"result": printResult(t, r)}
			if len(r.Problems) > 0 {
				got["problems"] = strings.ReplaceAll(printProblems(r.Problems), dir+"/", "")
			}
			if fixed := fix(a.Files[0].Data, r.Problems); fixed != string(a.Files[0].Data) {
				got["fixed"] = fixed
				for _, p := range Read(script, []byte(fixed)).Problems {
					if len(p.Edits) > 0 {
						t.Error("fixing twice is not fixing once:", p)
					}
				}
			}
			if *update {
				for _, name := range []string{"result", "problems", "fixed"} {
					if got[name] != "" {
						kept.Files = append(kept.Files, txtar.File{Name: name, Data: []byte(got[name])})
					}
				}
				if err := os.WriteFile(file, txtar.Format(kept), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("expected (-), read (+):\n%s", d)
			}
		})
	}
}

func printResult(t *testing.T, r *Result) string {
	t.Helper()
	var b strings.Builder
	for _, o := range r.Objects {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		delete(fields, "status")
		text, err := yaml.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "# line %d\n%s", o.Origin.Line, text)
	}
	for _, m := range r.Manifests {
		fmt.Fprintf(&b, "# manifest at line %d, namespace %q\n%s", m.Line, m.Namespace, m.Text)
	}
	if len(r.Installs) > 0 {
		fmt.Fprintln(&b, "installs:", strings.Join(r.Installs, " "))
	}
	if len(r.Applies) > 0 {
		fmt.Fprintln(&b, "applies:", strings.Join(r.Applies, " "))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Scale)) {
		fmt.Fprintln(&b, "scale:", name, r.Scale[name])
	}
	return b.String()
}

func printProblems(found []objects.Problem) string {
	var b strings.Builder
	for _, p := range found {
		fmt.Fprintf(&b, "%s %s: %s: %s\n", p.Rule, p.Origin, p.Object, p.Text)
	}
	return b.String()
}

func fix(text []byte, found []objects.Problem) string {
	lines := strings.SplitAfter(string(text), "\n")
	for _, p := range found {
		for _, e := range p.Edits {
			lines[e.First-1] = e.Value.(string) + "\n"
		}
	}
	return strings.Join(lines, "")
}
