package source

import (
	"path/filepath"
	"testing"
)

func TestOfAComposeFileThatIsNotYAMLIsSaidWhereAndWhy(t *testing.T) {
	for text, want := range map[string]string{
		"services:\n  db:\n    image: “mysql”\n\tports: []\n":     "typographic-characters",
		"services:\n  db:\n    image: \"mysql:8.4\n  x: {}\n":     "not-yaml",
		"services:\n  db:\n    image: a\n  db:\n    image: “b”\n": "compose-refused",
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"compose.yaml": text})
		apps, err := Read(t.Context(), []string{filepath.Join(dir, "compose.yaml")}, Options{Env: map[string]string{}})
		if err != nil || len(apps) != 1 {
			t.Fatal(apps, err)
		}
		if p := apps[0].Problems; len(p) == 0 || p[0].Rule != want || p[0].Origin.Line == 0 || p[0].Mended {
			t.Errorf("%q: %+v, want %s first", text, p, want)
		}
	}
}
