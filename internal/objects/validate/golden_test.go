package validate

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

// The errors in testdata are the answers of a real API server (v1.36). Values that it writes as its own internal types
// are left out of the comparison.
func TestAnswersAreThoseOfARealServer(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var obj, old runtime.Object
			var want []string
			for _, f := range a.Files {
				switch f.Name {
				case "object.yaml":
					obj = read(t, f.Data)
				case "old.yaml":
					old = read(t, f.Data)
				case "errors":
					want = answers(strings.Split(strings.TrimSpace(string(f.Data)), "\n"))
				}
			}
			var got field.ErrorList
			if old == nil {
				defaults.Create(obj)
				got = Create(obj)
			} else {
				defaults.Create(old)
				defaults.Update(obj, old)
				got = Update(obj, old)
			}
			var texts []string
			for _, e := range got {
				texts = append(texts, e.Field+": "+e.ErrorBody())
			}
			if d := cmp.Diff(want, answers(texts)); d != "" {
				t.Errorf("a real server's answers (-), ours (+):\n%s", d)
			}
		})
	}
}

func read(t *testing.T, data []byte) runtime.Object {
	t.Helper()
	obj, _, err := scheme.Codecs.UniversalDeserializer().Decode(data, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := obj.(metav1.Object)
	m.SetUID("00000000-0000-0000-0000-000000000000")
	m.SetResourceVersion("1")
	m.SetCreationTimestamp(metav1.NewTime(time.Unix(0, 0)))
	return obj
}

// answers are sorted, each once, without the JSON of whole objects and without differences of whole specs.
func answers(list []string) []string {
	var out []string
	for _, s := range list {
		s, _, _ = strings.Cut(s, "\n")
		if i, j := strings.Index(s, ": {"), strings.LastIndex(s, "}: "); i > 0 && j > i {
			s = s[:i] + s[j+1:]
		} else if i > 0 && strings.HasSuffix(s, "}") {
			s = s[:i]
		}
		if s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
