package terraform

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

	"github.com/slipway-sh/slipway/internal/objects"
)

var update = flag.Bool("update", false, "write what is found into testdata")

// A golden case is one file: Terraform files, then
//
//	problems  what is found, in order; empty for a case that only looks like a fault
//	fixed     the files after the edits, if there are any, each after its name
func TestEveryFaultIsFoundAndNothingElse(t *testing.T) {
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
			input, want := map[string][]byte{}, map[string]string{}
			kept := &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if f.Name == "problems" || f.Name == "fixed" {
					want[f.Name] = string(f.Data)
					continue
				}
				input[f.Name] = f.Data
				kept.Files = append(kept.Files, f)
			}
			found := ReadAll(input)
			fixed := apply(t, input, found)
			got := map[string]string{"problems": print(found)}
			if text := printChanged(input, fixed); text != "" {
				got["fixed"] = text
			}
			if len(edits(ReadAll(fixed))) > 0 {
				t.Error("fixing twice is not fixing once:", edits(ReadAll(fixed)))
			}
			if *update {
				for _, name := range slices.Sorted(maps.Keys(got)) {
					kept.Files = append(kept.Files, txtar.File{Name: name, Data: []byte(got[name])})
				}
				if err := os.WriteFile(file, txtar.Format(kept), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("expected (-), found (+):\n%s", d)
			}
		})
	}
}

func print(found []objects.Problem) string {
	var b strings.Builder
	for _, p := range found {
		fmt.Fprintf(&b, "%s %s: %s: %s\n", p.Rule, p.Origin, p.Object, p.Text)
	}
	return b.String()
}

func printChanged(before, after map[string][]byte) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if string(before[name]) != string(after[name]) {
			fmt.Fprintf(&b, "%s:\n%s", name, after[name])
		}
	}
	return b.String()
}

func edits(found []objects.Problem) []objects.Edit {
	var all []objects.Edit
	for _, p := range found {
		for _, e := range p.Edits {
			if !slices.Contains(all, e) {
				all = append(all, e)
			}
		}
	}
	return all
}

// apply replaces lines; edits of the same lines must be the same.
func apply(t *testing.T, files map[string][]byte, found []objects.Problem) map[string][]byte {
	t.Helper()
	after := map[string][]byte{}
	for name, text := range files {
		lines := strings.SplitAfter(string(text), "\n")
		taken := map[int]bool{}
		for _, e := range edits(found) {
			if e.File != name {
				continue
			}
			for n := e.First; n <= e.Last; n++ {
				if taken[n] {
					t.Errorf("%s:%d is edited in two ways", name, n)
				}
				taken[n] = true
				lines[n-1] = ""
			}
			lines[e.Last-1] = e.Value.(string) + "\n"
		}
		after[name] = []byte(strings.Join(lines, ""))
	}
	return after
}
