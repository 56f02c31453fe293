package defaults

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// The objects in testdata are what a real API server (v1.36) makes of those given, without what it allocates.
func TestDefaultsAreThoseOfARealServer(t *testing.T) {
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
			obj, _, err := scheme.Codecs.UniversalDeserializer().Decode(a.Files[0].Data, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			Create(obj)
			obj.(metav1.Object).SetUID("")
			data, err := json.Marshal(obj)
			if err != nil {
				t.Fatal(err)
			}
			var got, want map[string]any
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(a.Files[1].Data, &want); err != nil {
				t.Fatal(err)
			}
			if s, ok := got["status"].(map[string]any); ok {
				delete(s, "lastPhaseTransitionTime")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("a real server's object (-), ours (+):\n%s", d)
			}
		})
	}
}
