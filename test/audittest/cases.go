package audittest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source"
	"github.com/slipway-sh/slipway/internal/source/edit"
)

var update = flag.Bool("update", false, "write what the rules find into the cases")

// Cases runs cases/RULE.txtar for every rule of a room; each rule must have one.
func Cases(t *testing.T, rules []*rule.Rule) {
	for _, r := range rules {
		t.Run(r.ID, func(t *testing.T) {
			for what, text := range map[string]string{"title": r.Title, "why": r.Why, "advice": r.Advice} {
				if text == "" {
					t.Errorf("the rule has no %s", what)
				}
			}
			file := filepath.Join("cases", r.ID+".txtar")
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal("every rule has a case: ", err)
			}
			one(t, r, file, a)
		})
	}
	files, _ := filepath.Glob("cases/*.txtar")
	if len(files) != len(rules) {
		t.Errorf("%d cases for %d rules", len(files), len(rules))
	}
}

func one(t *testing.T, r *rule.Rule, file string, a *txtar.Archive) {
	want, has := part(a, "findings"), map[string]bool{}
	dir := t.TempDir()
	t.Chdir(dir)
	for _, f := range a.Files {
		if i := strings.IndexByte(f.Name, '/'); i > 0 {
			has[f.Name[:i]] = true
			if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !has["bad"] || !has["good"] {
		t.Fatal("a case has files under bad/ and good/")
	}
	findings := find(t, r, "bad")
	got := show(findings)
	fixed := fix(t, findings, "bad")
	if *update {
		rewrite(t, file, a, got, fixed)
		return
	}
	if got == "" {
		t.Error("nothing is found")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	if good := find(t, r, "good"); len(good) > 0 {
		t.Errorf("found where all is well:\n%s", show(good))
	}
	if r.Fixes != (len(fixed) > 0) {
		t.Errorf("the rule says of itself Fixes: %t, and mends %d files of its case", r.Fixes, len(fixed))
	}
	for name, text := range fixed {
		if d := cmp.Diff(part(a, "fixed/"+name), text); d != "" {
			t.Errorf("fixed/%s (-want +got):\n%s", name, d)
		}
		if err := os.WriteFile(filepath.Join("bad", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if len(fixed) > 0 {
		if again := fix(t, find(t, r, "bad"), "bad"); len(again) > 0 {
			t.Errorf("fixing again changes %d files:\n%v", len(again), again)
		}
	}
}

// find lists what a rule finds in a folder. Files ending in .sh are what --with names.
func find(t *testing.T, r *rule.Rule, dir string) []*rule.Finding {
	t.Helper()
	with, _ := filepath.Glob(filepath.Join(dir, "*.sh"))
	var before []string
	if _, err := os.Stat("before"); err == nil {
		before = []string{"before"}
	}
	apps, err := source.Read(t.Context(), []string{dir}, source.Options{Name: "app", With: with, Before: before, Env: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	var all []*rule.Finding
	for _, app := range apps {
		for _, p := range app.Problems {
			if p.Rule == r.ID {
				all = append(all, &rule.Finding{Rule: r, Object: p.Object, Origin: p.Origin, Field: p.Field, Message: p.Text, Advice: p.Advice, Edits: p.Edits})
			}
		}
		all = append(all, rule.Run(r, objects.NewGraph(app))...)
	}
	for _, f := range all {
		f.Settle()
	}
	if r.ID == "ignored-wrongly" { // found by whoever applies the ignores
		for _, app := range apps {
			for _, f := range audit.Run(app, nil) {
				if f.Rule.ID == r.ID {
					all = append(all, f)
				}
			}
		}
	}
	return all
}

// show writes findings a line each: file:line: object: field: message.
func show(all []*rule.Finding) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%s:%d: %s: %s: %s\n", strings.TrimPrefix(f.Origin.File, "bad/"), f.Origin.Line, f.Object, f.Field, f.Message)
	}
	return b.String()
}

// fix gives the files that the findings' edits change, as they become.
func fix(t *testing.T, all []*rule.Finding, dir string) map[string]string {
	t.Helper()
	edits := map[string][]objects.Edit{}
	for _, f := range all {
		for _, e := range f.Edits {
			edits[e.File] = append(edits[e.File], e)
		}
	}
	fixed := map[string]string{}
	for file, list := range edits {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out, left := edit.Apply(text, list)
		for _, l := range left {
			t.Logf("left: %s %s: %v", l.Edit.Op, l.Edit.Path, l.Err)
		}
		if string(out) != string(text) {
			fixed[strings.TrimPrefix(file, dir+"/")] = string(out)
		}
	}
	return fixed
}

func part(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// rewrite writes the findings and the fixed files into the case.
func rewrite(t *testing.T, file string, a *txtar.Archive, findings string, fixed map[string]string) {
	t.Helper()
	kept := slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "findings" || strings.HasPrefix(f.Name, "fixed/") })
	a.Files = slices.Concat(kept, []txtar.File{{Name: "findings", Data: []byte(findings)}})
	for _, f := range kept {
		if name, ok := strings.CutPrefix(f.Name, "bad/"); ok && fixed[name] != "" {
			a.Files = append(a.Files, txtar.File{Name: "fixed/" + name, Data: []byte(fixed[name])})
		}
	}
	if err := os.WriteFile(filepath.Join(source0, file), txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// source0 is the folder of the package under test: its cases move to a folder of their own.
var source0 = func() string { d, _ := os.Getwd(); return d }()
