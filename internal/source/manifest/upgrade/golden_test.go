package upgrade

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects"
)

var update = flag.Bool("update", false, "write what the conversions say into testdata")

// A golden case is one file: before.yaml, and what is expected of it.
//
//	after.yaml  the current version
//	changes     what was changed, with the edits below each
//	refused     what is known of a version that cannot be brought to another
//
// Its comment may say "does: reshape" or "does: tov2" for the other two functions.
func TestDocumentsAreBroughtToTheCurrentVersion(t *testing.T) {
	for _, file := range cases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func cases(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 25 {
		t.Fatal("golden cases are missing", len(files), err)
	}
	return files
}

func golden(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := decode(t, section(a, "before.yaml"))
	doc := decode(t, section(a, "before.yaml"))
	changes, ok := run(a, doc)

	got := map[string]string{}
	if !ok {
		got["refused"] = refusal(doc)
		if diff := cmp.Diff(before, doc); diff != "" {
			t.Error("the document was changed all the same:", diff)
		}
	} else {
		got["changes"] = print(changes)
		got["after.yaml"] = encode(t, doc)
		strict(t, doc)
		again(t, doc)
		if diff := cmp.Diff(normal(t, doc), normal(t, applied(before, changes))); diff != "" {
			t.Error("the edits do something else (-document +edits):", diff)
		}
	}
	if *update {
		rewrite(t, file, a, got)
		return
	}
	for _, name := range []string{"changes", "after.yaml", "refused"} {
		if diff := cmp.Diff(section(a, name), got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func run(a *txtar.Archive, doc map[string]any) ([]Change, bool) {
	switch {
	case strings.Contains(string(a.Comment), "does: reshape"):
		return Reshape(doc), true
	case strings.Contains(string(a.Comment), "does: tov2"):
		return ToV2(doc), true
	}
	return Upgrade(doc)
}

func refusal(doc map[string]any) string {
	kind, _ := kindOf(doc)
	f, _ := Of(kind)
	return fmt.Sprintf("%s %s: removed in %s %s; %s\n", kind.GroupVersion(), kind.Kind, f.Product, f.RemovedIn, f.Note)
}

// strict decodes what Kubernetes' own libraries have a type for, as an API server does with unknown fields forbidden.
func strict(t *testing.T, doc map[string]any) {
	t.Helper()
	kind, _ := kindOf(doc)
	scheme := runtime.NewScheme()
	if err := clientscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	if err := apiextensionsv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	if !scheme.Recognizes(kind) {
		return
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer().Decode(text, nil, nil); err != nil {
		t.Error("what came out is no", kind, err)
	}
}

// again wants nothing left to do.
func again(t *testing.T, doc map[string]any) {
	t.Helper()
	if changes, ok := Upgrade(doc); !ok || len(changes) > 0 {
		t.Error("a second time it changes more:", print(changes))
	}
	if changes := Reshape(doc); len(changes) > 0 {
		t.Error("the shape is not the current one:", print(changes))
	}
}

func print(changes []Change) string {
	var b strings.Builder
	for _, c := range changes {
		if c.Missing {
			b.WriteString("(missing) ")
		}
		b.WriteString(c.Text + "\n")
		for _, e := range c.Edits {
			value := ""
			if e.Op != objects.EditRemove {
				text, err := json.Marshal(plain(e.Value))
				if err != nil {
					text = []byte(err.Error())
				}
				value = " " + string(text)
			}
			fmt.Fprintf(&b, "\t%s %s%s\n", e.Op, e.Path, value)
		}
	}
	return b.String()
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func rewrite(t *testing.T, file string, a *txtar.Archive, got map[string]string) {
	t.Helper()
	after := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{{Name: "before.yaml", Data: []byte(section(a, "before.yaml"))}}}
	for _, name := range []string{"changes", "after.yaml", "refused"} {
		if got[name] != "" {
			after.Files = append(after.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	if err := os.WriteFile(file, txtar.Format(after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func decode(t testing.TB, text string) map[string]any {
	t.Helper()
	doc := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func encode(t testing.TB, doc map[string]any) string {
	t.Helper()
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// normal makes numbers of one type.
func normal(t testing.TB, doc map[string]any) map[string]any {
	t.Helper()
	return decode(t, encode(t, doc))
}
