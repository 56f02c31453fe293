package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/source"
)

// Doc is one document of a file, as it was written.
type Doc struct {
	Name string // the file and, if it has more documents than one, the document's number
	Text []byte
}

// wellMade are the manifests of testdata/kinds: every kind, most of its fields, no mistake.
func wellMade(t *testing.T) []Doc {
	t.Helper()
	return filesOf(t, filepath.Join("testdata", "kinds"))
}

// published are the repaired manifests of the published deployments, which lie beside the repository where they are at
// hand; they are no part of it.
func published(t *testing.T) []Doc {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "seeds")
	dirs, _ := filepath.Glob(filepath.Join(root, "*"))
	var docs []Doc
	for _, d := range dirs {
		for _, doc := range filesOf(t, d) {
			if !strings.Contains(doc.Name, ".published.") && !strings.Contains(doc.Name, "compose") {
				docs = append(docs, doc)
			}
		}
	}
	return docs
}

// rendered are the objects that our examples become.
func rendered(t *testing.T) []Doc {
	t.Helper()
	examples, err := filepath.Glob(filepath.Join("..", "..", "examples", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var docs []Doc
	for _, example := range examples {
		dir := filepath.Join(t.TempDir(), filepath.Base(example))
		if err := os.CopyFS(dir, os.DirFS(example)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"db_password", "db_root_password", "admin_password"} { // which a fresh checkout does not have
			if err := os.WriteFile(filepath.Join(dir, "secrets", name+".txt"), []byte("of the test"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		app, err := source.Load(t.Context(), nil, source.Options{ProjectDir: dir, Env: map[string]string{}})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range app.Objects {
			text, err := yaml.Marshal(o.Object)
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, Doc{filepath.Base(dir) + "/" + o.String(), text})
		}
	}
	return docs
}

func filesOf(t *testing.T, dir string) []Doc {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var docs []Doc
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		parts := bytes.Split(text, []byte("\n---\n"))
		for i, p := range parts {
			name := filepath.Base(f)
			if len(parts) > 1 {
				name += "#" + strconv.Itoa(i+1)
			}
			if len(bytes.TrimSpace(p)) > 0 {
				docs = append(docs, Doc{name, p})
			}
		}
	}
	return docs
}
