package support

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

// Each case is an object, what is refused in it, and what is warned about.
func TestWhatIsNotCarriedIsRefusedByNameOrWarnedAbout(t *testing.T) {
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
			parts := map[string]string{}
			for _, f := range a.Files {
				parts[f.Name] = string(f.Data)
			}
			obj, _, err := scheme.Codecs.UniversalDeserializer().Decode([]byte(parts["object.yaml"]), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			defaults.Create(obj)
			refused, warned := "", ""
			for _, e := range Check(obj) {
				refused += e.Error() + "\n"
			}
			for _, w := range Warnings(obj) {
				warned += w + "\n"
			}
			if d := cmp.Diff(parts["refused"], refused); d != "" {
				t.Errorf("refused:\n%s", d)
			}
			if d := cmp.Diff(parts["warned"], warned); d != "" {
				t.Errorf("warned:\n%s", d)
			}
		})
	}
}

func TestAFieldThatTheTableDoesNotKnowIsRefused(t *testing.T) {
	rules, err := parse("core/v1.Pod\n+ spec\n\ncore/v1.PodSpec\n+ containers\n- hostPID=true: no\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, known := rules["core/v1.PodSpec"]["hostIPC"]; known {
		t.Error("hostIPC is known")
	}
	if r := rules["core/v1.PodSpec"]["hostPID"][0]; !r.refused || !r.concerns("true") || r.concerns("false") {
		t.Errorf("hostPID is not refused as said: %+v", r)
	}
	if _, err := parse("core/v1.Pod\n- spec\n"); err == nil {
		t.Error("a refusal without advice is accepted")
	}
}
