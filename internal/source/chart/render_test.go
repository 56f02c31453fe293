package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

	"golang.org/x/tools/txtar"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	a := &txtar.Archive{}
	for name, text := range files {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	for _, f := range a.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const chartYAML = "apiVersion: v2\nname: app\nversion: 1.0.0\n"

func archive(t *testing.T, files map[string]string) string {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestArchivesAreRenderedLikeFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	sub := archive(t, map[string]string{
		"sub/Chart.yaml":       "apiVersion: v2\nname: sub\nversion: 2.0.0\n",
		"sub/templates/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
	})
	app := archive(t, map[string]string{
		"app/Chart.yaml":            chartYAML,
		"app/charts/sub-2.0.0.tgz":  sub,
		"app/templates/a.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"app/templates/broken.yaml": "\n\n{{ .Values.a.b }}\n",
	})
	if err := os.WriteFile("app-1.0.0.tgz", []byte(app), 0o644); err != nil {
		t.Fatal(err)
	}
	docs, problems, err := Render("app-1.0.0.tgz", nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, d.Origin().String())
	}
	for _, p := range problems {
		got = append(got, p.Origin.String())
	}
	want := "app-1.0.0.tgz/charts/sub-2.0.0.tgz/templates/s.yaml:2 app-1.0.0.tgz/templates/a.yaml:2 app-1.0.0.tgz/templates/broken.yaml:3"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got %s", s)
	}
}

func TestWhatIsNoChartIsRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"no.tgz": "plain text", "list.yaml": "- a\n"})
	if _, _, err := Render(filepath.Join(dir, "gone"), nil, Options{}); err == nil {
		t.Error("a chart that is not there is rendered")
	}
	if _, problems, _ := Render(filepath.Join(dir, "no.tgz"), nil, Options{}); len(problems) != 1 {
		t.Errorf("no archive: %v", problems)
	}
	if _, problems, _ := Render(dir, nil, Options{}); len(problems) != 1 {
		t.Errorf("no Chart.yaml: %v", problems)
	}
	if _, _, err := Render(dir, []string{filepath.Join(dir, "list.yaml")}, Options{}); err == nil {
		t.Error("a list is taken for values")
	}
}

func TestLoopsEndWithTheirTime(t *testing.T) {
	old := limit
	t.Cleanup(func() { limit = old })
	limit = 300 * time.Millisecond
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"Chart.yaml":       chartYAML,
		"templates/a.yaml": "kind: A\n{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}\n",
		"templates/b.yaml": "kind: B\n{{ tpl \"{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}\" . }}\n",
	})
	docs, problems, err := Render(dir, nil, Options{})
	if err != nil || len(docs) != 0 || len(problems) != 1 || !strings.Contains(problems[0].Text, "takes longer than") {
		t.Errorf("%v %v %v", docs, problems, err)
	}
}

// run executes a template, with an end to its loops.
func run(text string) (string, error) {
	left := 10_000
	t, err := template.New("t").Funcs(template.FuncMap{
		tick:  func() string { left--; _ = []int{}[:min(left, 0)]; return "" },
		again: func(v any) any { return v },
		"tpl": func(text string, data any) string { return text },
	}).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{"list": []int{1, 2}, "map": map[string]string{"a": "b"}, "text": "t"})
	return b.String(), err
}

func FuzzMeteringChangesNothing(f *testing.F) {
	for _, text := range []string{
		"a {{ range .list -}} \n b {{- . }} \n {{- else -}} c {{ end }} d",
		"{{- define \"x\" -}}\n {{- range .list }} {{/* c */}} {{- end }}{{ end -}} \n {{ template \"x\" . }}",
		"{{ tpl (printf \"%s )\" .text) . | printf \"%q\" }} {{ if tpl .text . }}x{{ end }}",
		"{{ range $k, $v := .map }}\n  {{- $k }}{{ break }}{{ end }}",
		"{{ range .list }}{{ end }}{{with .text}} {{- .}}{{end}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		metered := meter("t", text)
		got, err := run(metered)
		if err != nil || metered == text {
			return
		}
		if want, err := run(text); err != nil || got != want {
			t.Errorf("%q gives %q, metered (%q) %q: %v", text, want, metered, got, err)
		}
	})
}

func FuzzAnyChartIsRenderedOrRefused(f *testing.F) {
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, c := range cases {
		a, err := txtar.ParseFile(c)
		if err != nil {
			f.Fatal(err)
		}
		var head, values, helper []byte
		for _, file := range a.Files {
			switch filepath.Base(file.Name) {
			case "Chart.yaml":
				head = file.Data
			case "values.yaml":
				values = file.Data
			case "_helpers.tpl":
				helper = file.Data
			}
		}
		for _, file := range a.Files {
			if strings.HasPrefix(file.Name, "app/templates/") {
				f.Add(head, values, helper, file.Data)
			}
		}
	}
	old := limit
	f.Cleanup(func() { limit = old })
	limit = 5 * time.Second
	f.Fuzz(func(t *testing.T, head, values, helper, body []byte) {
		dir := t.TempDir()
		write(t, dir, map[string]string{
			"Chart.yaml": string(head), "values.yaml": string(values),
			"templates/_helpers.tpl": string(helper), "templates/a.yaml": string(body),
		})
		docs, problems, err := Render(dir, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			if d.Line < 1 || d.File == "" {
				t.Errorf("a document is nowhere: %s", d.Text)
			}
			d.Place("metadata.name")
			d.Place("spec.template.spec.containers[0].image")
		}
		for _, p := range problems {
			if p.Origin.Line < 1 || p.Text == "" {
				t.Errorf("a problem is nowhere: %+v", p)
			}
		}
	})
}
