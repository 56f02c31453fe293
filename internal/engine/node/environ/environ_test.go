package environ

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// TestGolden makes the environment of the first container of the file's pod, with its other objects in the store.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			s, pod, want, fail := store.New(), &corev1.Pod{}, "", ""
			add := func(obj store.Object, b []byte) {
				if err := yaml.UnmarshalStrict(b, obj); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Create(obj); err != nil {
					t.Fatal(err)
				}
			}
			for _, x := range a.Files {
				switch kind, _, _ := strings.Cut(strings.TrimSuffix(x.Name, ".yaml"), "-"); kind {
				case "pod":
					if err := yaml.UnmarshalStrict(x.Data, pod); err != nil {
						t.Fatal(err)
					}
				case "configmap":
					add(&corev1.ConfigMap{}, x.Data)
				case "secret":
					add(&corev1.Secret{}, x.Data)
				case "service":
					add(&corev1.Service{}, x.Data)
				case "want":
					want = strings.TrimSpace(string(x.Data))
				case "error":
					fail = strings.TrimSpace(string(x.Data))
				default:
					t.Fatalf("no such file: %s", x.Name)
				}
			}
			machine := corev1.ResourceList{}
			env, err := Build(s, pod, &pod.Spec.Containers[0], machine)
			switch {
			case err != nil && err.Error() != fail:
				t.Errorf("error %q, not %q", err, fail)
			case err == nil && fail != "":
				t.Errorf("no error, not %q", fail)
			case err == nil:
				if got := strings.Join(env.List([]string{"A=of the image", "IMAGE=1"}), "\n"); got != want {
					t.Errorf("environment\n%s\nnot\n%s", got, want)
				}
			}
		})
	}
}

func TestExpand(t *testing.T) {
	known := Vars{"A": "a", "EMPTY": ""}
	for in, want := range map[string]string{
		"plain": "plain", "$(A)": "a", "x$(A)y$(A)": "xaya", "$$(A)": "$(A)", "$$$(A)": "$a", "$(MISSING)": "$(MISSING)",
		"$A": "$A", "$(EMPTY)": "", "$": "$", "$(": "$(", "$(A": "$(A", "100%$": "100%$", "$()": "$()",
	} {
		if got := Expand(in, known.Lookup); got != want {
			t.Errorf("Expand(%q) = %q, not %q", in, got, want)
		}
	}
}
