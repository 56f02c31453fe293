package compose

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects"
)

var update = flag.Bool("update", false, "write what the compiler says into testdata")

// A golden case is one file: the project's files, then what is expected of it.
//
//	objects.yaml  all objects, or those that "show:" in the comment names (Deployment/app, or a part of it:
//	              Deployment/app#spec.template.spec.containers.0.args, in which "pod" and "main" stand for the long paths)
//	notes         what a person is told
//	error         why it is refused
//
// The comment may also say "profiles: a b", "files: a.yaml b.yaml" and "env: A=b C=d".
func TestProjectsCompileAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txtar"), func(t *testing.T) {
			golden(t, file)
		})
	}
}

var expectations = []string{"objects.yaml", "notes", "error", "builds"}

func golden(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "demo")
	app, err := loadCase(t, a, dir)
	got := map[string]string{}
	if err != nil {
		got["error"] = err.Error() + "\n"
	} else {
		got["objects.yaml"] = printObjects(t, app, directive(a, "show"))
		got["notes"] = printNotes(app)
		got["builds"] = printBuilds(app)
	}
	for name, text := range got {
		got[name] = strings.ReplaceAll(text, dir, "/demo")
	}
	var want, input []txtar.File
	for _, f := range a.Files {
		if slices.Contains(expectations, f.Name) {
			want = append(want, f)
		} else {
			input = append(input, f)
		}
	}
	if *update {
		for _, name := range expectations {
			if got[name] != "" {
				input = append(input, txtar.File{Name: name, Data: []byte(got[name])})
			}
		}
		if err := os.WriteFile(file, txtar.Format(&txtar.Archive{Comment: a.Comment, Files: input}), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, f := range want {
		if diff := cmp.Diff(string(f.Data), got[f.Name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
		delete(got, f.Name)
	}
	for name, text := range got {
		if text != "" {
			t.Errorf("unexpected %s:\n%s", name, text)
		}
	}
}

// loadCase writes the input of a case into a folder called like the project, and loads it.
func loadCase(t *testing.T, a *txtar.Archive, dir string) (*objects.Application, error) {
	t.Helper()
	for _, f := range a.Files {
		if slices.Contains(expectations, f.Name) {
			continue
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	names := directive(a, "files")
	if names == nil {
		names = []string{"compose.yaml"}
	}
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	env := map[string]string{}
	for _, e := range directive(a, "env") {
		k, v, _ := strings.Cut(e, "=")
		env[k] = v
	}
	return Load(context.Background(), names, Options{Profiles: directive(a, "profiles"), Env: env})
}

func directive(a *txtar.Archive, name string) []string {
	for line := range strings.SplitSeq(string(a.Comment), "\n") {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.Fields(rest)
		}
	}
	return nil
}

func printObjects(t *testing.T, app *objects.Application, show []string) string {
	t.Helper()
	var b bytes.Buffer
	for _, o := range app.Objects {
		if len(show) > 0 && !slices.Contains(show, o.String()) && !slices.Contains(show, o.Kind()) {
			for _, s := range show {
				if name, field, ok := strings.Cut(s, "#"); ok && name == o.String() {
					fmt.Fprintf(&b, "--- # %s %s\n%s", name, field, printField(t, o, field))
				}
			}
			continue
		}
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "--- # %s\n", strings.ReplaceAll(o.Origin.String(), "\n", " "))
		for line := range strings.Lines(string(text)) {
			if l := strings.TrimSpace(line); l != "status: {}" && !strings.HasPrefix(l, "status:") && l != "loadBalancer: {}" && l != "currentMetrics: null" &&
				l != "currentHealthy: 0" && l != "desiredHealthy: 0" && l != "disruptionsAllowed: 0" && l != "expectedPods: 0" && l != "availableReplicas: 0" && l != "replicas: 0" && l != "desiredReplicas: 0" {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

var shorthand = strings.NewReplacer("main", "spec.template.spec.containers.0", "pod", "spec.template.spec")

func printField(t *testing.T, o *objects.Object, field string) string {
	t.Helper()
	var v any
	v, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Object)
	if err != nil {
		t.Fatal(err)
	}
	for step := range strings.SplitSeq(shorthand.Replace(field), ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return "none\n"
			}
			v = at[i]
		}
	}
	text, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func printNotes(app *objects.Application) string {
	var b strings.Builder
	for _, n := range app.Notes {
		fmt.Fprintln(&b, n)
	}
	return b.String()
}

func printBuilds(app *objects.Application) string {
	var b strings.Builder
	for _, x := range app.Builds {
		fmt.Fprintf(&b, "%s: %s from %s", x.Origin, x.Ref, filepath.Base(x.Context))
		if x.Dockerfile != "" {
			fmt.Fprintf(&b, ", dockerfile %s", filepath.Base(x.Dockerfile))
		}
		if x.Target != "" {
			fmt.Fprintf(&b, ", target %s", x.Target)
		}
		if len(x.Args) > 0 {
			fmt.Fprintf(&b, ", args %v", x.Args)
		}
		if len(x.Labels) > 0 {
			fmt.Fprintf(&b, ", labels %v", x.Labels)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}
