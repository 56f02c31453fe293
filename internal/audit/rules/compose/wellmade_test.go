package compose_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/source"
)

// mostRisks are what may be said of a project that is as it ought to be.
const mostRisks = 2

// Of projects as careful people write them nothing bad is said, and little at all.
func TestLittleIsSaidOfWellMadeProjects(t *testing.T) {
	files, err := filepath.Glob("testdata/wellmade/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range a.Files {
				name := filepath.Join(dir, f.Name)
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			apps, err := source.Read(t.Context(), []string{dir}, source.Options{Env: map[string]string{}})
			if err != nil || len(apps) != 1 || len(apps[0].Objects) == 0 {
				t.Fatal(apps, err)
			}
			risks := 0
			for _, f := range audit.Run(apps[0], nil) {
				if f.Severity() != rule.Risk {
					t.Errorf("%s: %s: %s: %s", f.Severity(), f.Origin, f.Rule.ID, f.Message)
				} else if risks++; risks > mostRisks {
					t.Errorf("%s: %s: %s", f.Origin, f.Rule.ID, f.Message)
				} else {
					t.Logf("%s: %s: %s", f.Origin, f.Rule.ID, f.Message)
				}
			}
		})
	}
}
