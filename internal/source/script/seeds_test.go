package script

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// The published deployments lie beside the repository where they are at hand; they are no part of it.
func TestPublishedArticlesAreUnderstood(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "seeds")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the published deployments are not at hand")
	}
	type summary struct {
		Objects  []string
		Applies  int
		Scale    map[string]int
		Problems []string
	}
	for file, want := range map[string]summary{
		"articles/wescale.txt": {
			Objects: []string{"Secret/app-db-mysql password.txt"}, Scale: map[string]int{"back": 2, "web": 2},
		},
		"articles/confluence.txt": {
			Objects: []string{"Secret/sec-prd-confluencedb password user"}, Applies: 8, Problems: []string{"plaintext-credential-in-command"},
		},
		"articles/eni.txt": {Objects: []string{"Namespace/registry", "Secret/ssl-key-cert tls.crt tls.key"}},
		"README.md": {
			Objects: []string{"Namespace/registry", "Secret/app-db-mysql password.txt", "Secret/sec-prd-confluencedb password user", "Secret/ssl-key-cert tls.crt tls.key"},
			Scale:   map[string]int{"back": 2, "web": 2}, Problems: []string{"plaintext-credential-in-command"},
		},
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		r := Read(filepath.Join(dir, file), text)
		got := summary{Applies: len(r.Applies)}
		if len(r.Scale) > 0 {
			got.Scale = r.Scale
		}
		for _, o := range r.Objects {
			line := o.String()
			if s, ok := o.Object.(*corev1.Secret); ok {
				for _, key := range slices.Sorted(maps.Keys(s.Data)) {
					line += " " + key
				}
			}
			got.Objects = append(got.Objects, line)
		}
		slices.Sort(got.Objects)
		for _, p := range r.Problems {
			got.Problems = append(got.Problems, p.Rule)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: expected (-), read (+):\n%s", file, d)
		}
	}
}
