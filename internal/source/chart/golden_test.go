package chart

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

var update = flag.Bool("update", false, "write what is rendered into testdata")

// A golden case is one file: the files of a chart, then what is expected.
//
//	documents  each object after the place where it begins
//	places     where the fields were written that "places:" in the comment names (the object's number: field)
//	problems   what is wrong with the chart
//	error      why nothing is rendered
//
// The comment names the chart with "dir:" and files of values with "values:".
func TestChartsAreRenderedAsWritten(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no golden cases", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

var expected = map[string]bool{"documents": true, "places": true, "problems": true, "error": true}

func golden(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(unpack(t, a))
	docs, problems, err := Render(directive(a, "dir"), strings.Fields(directive(a, "values")), Options{})
	got := map[string]string{}
	if err != nil {
		got["error"] = err.Error() + "\n"
	}
	for i, d := range docs {
		got["documents"] += fmt.Sprintf("--- # %d %s\n%s", i, d.Origin(), d.Text)
	}
	got["places"] = places(a, docs)
	for _, p := range problems {
		got["problems"] += printProblem(p)
	}
	var input []txtar.File
	want := map[string]string{}
	for _, f := range a.Files {
		if expected[f.Name] {
			want[f.Name] = string(f.Data)
		} else {
			input = append(input, f)
		}
	}
	for _, name := range []string{"documents", "places", "problems", "error"} {
		if diff := cmp.Diff(want[name], got[name]); diff != "" && !*update {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got[name] != "" {
			input = append(input, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	if *update {
		if err := os.WriteFile(filepath.Join(home, file), txtar.Format(&txtar.Archive{Comment: a.Comment, Files: input}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var home = func() string { dir, _ := os.Getwd(); return dir }()

func unpack(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		path := filepath.Join(dir, f.Name)
		if expected[f.Name] {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func directive(a *txtar.Archive, name string) string {
	for _, line := range strings.Split(string(a.Comment), "\n") {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// places prints where fields are: "0: spec.replicas" for the first document.
func places(a *txtar.Archive, docs []rendered.Document) string {
	var b strings.Builder
	for _, ask := range strings.Fields(directive(a, "places")) {
		number, field, _ := strings.Cut(ask, ":")
		var i int
		if _, err := fmt.Sscan(number, &i); err != nil || i >= len(docs) {
			continue
		}
		at, ok := objects.Origin{}, false
		if docs[i].Place != nil {
			at, ok = docs[i].Place(field)
		}
		if !ok {
			fmt.Fprintf(&b, "%d %s: not found\n", i, field)
			continue
		}
		fmt.Fprintf(&b, "%d %s: %s:%d\n", i, field, at.File, at.Line)
	}
	return b.String()
}

func printProblem(p objects.Problem) string {
	text := fmt.Sprintf("%s %s\n  %s\n", p.Rule, p.Origin, p.Text)
	if p.Advice != "" {
		text += "  " + p.Advice + "\n"
	}
	for _, e := range p.Edits {
		text += fmt.Sprintf("  edit: %s %s %s = %v\n", e.File, e.Op, e.Path, e.Value)
	}
	return text
}
