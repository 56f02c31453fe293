package audit

import (
	"path/filepath"
	"testing"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/mend"
	"github.com/slipway-sh/slipway/internal/source"
)

// mostRisks are what may be said of an application that is as it ought to be: few things are right in all eyes.
const mostRisks = 2

// TestLittleIsSaidOfWellMadeApplications: an audit that complains of good work is switched off. Each folder is an
// application as a careful person ships it, with the scripts that are run beside it.
func TestLittleIsSaidOfWellMadeApplications(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("testdata", "wellmade", "*"))
	if err != nil || len(folders) < 6 {
		t.Fatalf("%d applications (%v)", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			scripts, err := filepath.Glob(filepath.Join(folder, "*.sh"))
			if err != nil {
				t.Fatal(err)
			}
			opts := source.Options{With: scripts, Env: map[string]string{}}
			apps, err := source.Read(t.Context(), []string{folder}, opts)
			if err != nil {
				t.Fatal(err)
			}
			objects := 0
			for _, a := range apps {
				objects += len(a.Objects)
			}
			if objects == 0 {
				t.Fatal("nothing was read")
			}
			findings, err := mend.Audit(t.Context(), []string{folder}, opts, nil)
			if err != nil {
				t.Fatal(err)
			}
			risks := 0
			for _, f := range findings {
				switch {
				case f.Ignored != "":
					t.Errorf("%s is ignored, which is no way to pass", f.Rule.ID)
				case f.Severity() == rule.Risk:
					risks++
					t.Log(line(f))
				default:
					t.Errorf("%s: %s", f.Severity(), line(f))
				}
			}
			if risks > mostRisks {
				t.Errorf("%d risks", risks)
			}
			t.Logf("%d objects, %d findings", objects, len(findings))
		})
	}
}

// line is a finding as one line of a test's output.
func line(f *audit.Finding) string {
	return f.Origin.String() + ": " + f.Rule.ID + ": " + f.Object + ": " + f.Field + ": " + f.Message
}
