package deliver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects"
)

// TestWaves compares the order of objects with testdata/waves: objects.yaml, then the waves or the error.
func TestWaves(t *testing.T) {
	files, err := filepath.Glob("testdata/waves/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			app := application(t, archive.Files[0].Data)
			want := string(archive.Files[1].Data)
			if diff := cmp.Diff(want, waves(app)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// waves is the order of an application's objects as text, or the error.
func waves(app *objects.Application) string {
	target := &Target{resources: &resources{}}
	items, err := target.items(app)
	if err == nil {
		err = order(items, app.References())
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, it := range items {
		fmt.Fprintf(&b, "%d %s\n", it.wave+1, it.ref)
	}
	return b.String()
}

// application reads objects as the sources leave them.
func application(t *testing.T, text []byte) *objects.Application {
	t.Helper()
	app := &objects.Application{Name: "shop", Namespace: "shop"}
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for line := 1; ; line++ {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return app
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(bytes.TrimSpace(doc)) == 0 {
			continue
		}
		if doc, err = yaml.YAMLToJSON(doc); err != nil {
			t.Fatal(err)
		}
		obj, _, err := scheme.Codecs.UniversalDeserializer().Decode(doc, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		o := objects.New(obj, objects.Origin{File: "objects.yaml", Line: line})
		if o.Namespace() == "" && o.Kind() != "Namespace" && o.Kind() != "StorageClass" {
			o.Meta().SetNamespace("shop")
		}
		app.Add(o)
	}
}
