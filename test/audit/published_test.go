package audit

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/mend"
	"github.com/slipway-sh/slipway/internal/source"
)

var update = flag.Bool("update", false, "write what is found into testdata/published")

// deployments are published ones, material that is not kept here: SLIPWAY_SEEDS says where it is.
var deployments = []string{"wescale", "confluence", "eni", "ensai"}

// here is the folder of the tests, which go to others.
var here, _ = os.Getwd()

func material(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SLIPWAY_SEEDS")
	if dir == "" {
		dir = filepath.Join(here, "..", "..", "..", "shared", "seeds")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the published deployments are not on this machine; SLIPWAY_SEEDS names their folder")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// lay puts the files of a deployment into a folder named like it: as they were published, or with their syntax repaired.
// It returns the options that name the commands that are run beside them.
func lay(t *testing.T, name string, asPublished bool) source.Options {
	t.Helper()
	from := material(t)
	t.Chdir(t.TempDir())
	if err := os.Mkdir(name, 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(from, name, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files of ", name, err)
	}
	for _, f := range files {
		base := filepath.Base(f)
		_, fragment := cutIn(base, ".fragment.published.")
		plain, printed := cutIn(base, ".published.")
		_, twinErr := os.Stat(strings.TrimSuffix(f, ".yaml") + ".published.yaml")
		switch {
		case printed && !asPublished, !printed && asPublished && twinErr == nil:
			continue
		case fragment, printed:
			base = plain
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(name, base), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return source.Options{With: commands(t, from, name), Env: map[string]string{}}
}

func cutIn(base, middle string) (string, bool) {
	before, after, ok := strings.Cut(base, middle)
	return before + "." + after, ok
}

// commands are those that the material says are run beside a deployment's manifests.
func commands(t *testing.T, from, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(from, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		cells := strings.Split(l, "|")
		if len(cells) == 5 && strings.Contains(cells[1], "`"+name+"/`") && strings.Contains(cells[3], "kubectl create") {
			if err := os.WriteFile("commands.md", []byte(strings.ReplaceAll(cells[3], " · ", "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
			return []string{"commands.md"}
		}
	}
	return nil
}

// TestTheFaultsOfPublishedDeploymentsAreFound compares what is found, by rule and number, with what was looked through
// by hand. A rule that falls silent and one that becomes noisy both show.
func TestTheFaultsOfPublishedDeploymentsAreFound(t *testing.T) {
	for _, name := range deployments {
		t.Run(name, func(t *testing.T) {
			golden, err := filepath.Abs(filepath.Join("testdata", "published", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			opts := lay(t, name, true)
			findings, err := mend.Audit(t.Context(), []string{name}, opts, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := tally(findings)
			t.Logf("%s as published: %s", name, counts(findings))
			done, err := mend.Run(t.Context(), []string{name}, opts, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := done.Write(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%s after --fix: %s", name, counts(done.Left))
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("found (-want +got):\n%s", d)
			}
		})
	}
}

// tally counts findings by severity and rule.
func tally(findings []*audit.Finding) string {
	n := map[*rule.Rule]int{}
	for _, f := range findings {
		n[f.Rule]++
	}
	var b strings.Builder
	for _, r := range audit.Rules() {
		if n[r] > 0 {
			fmt.Fprintf(&b, "%-8s %-34s %d\n", r.Severity, r.ID, n[r])
		}
	}
	return b.String()
}

func counts(findings []*audit.Finding) string {
	n := audit.Counts(findings)
	return fmt.Sprintf("%d refused, %d broken, %d risk", n[rule.Refused], n[rule.Broken], n[rule.Risk])
}

// TestMendingIsDoneAtOnce: after --fix nothing is left that it said it would mend, and a second time changes nothing.
func TestMendingIsDoneAtOnce(t *testing.T) {
	for _, asPublished := range []bool{false, true} {
		for _, name := range deployments {
			t.Run(fmt.Sprintf("%s/published=%t", name, asPublished), func(t *testing.T) {
				opts := lay(t, name, asPublished)
				done, err := mend.Run(t.Context(), []string{name}, opts, nil)
				if err != nil {
					t.Fatal(err)
				}
				if err := done.Write(); err != nil {
					t.Fatal(err)
				}
				for _, f := range done.Left {
					if f.Mendable() {
						t.Errorf("left: %s:%d: %s: %s", f.Origin.File, f.Origin.Line, f.Rule.ID, f.Message)
					}
				}
				again, err := mend.Run(t.Context(), []string{name}, opts, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range again.Changes {
					t.Errorf("changed again: %s\n%s", c.File, again.Diff())
				}
				for _, c := range done.Changes {
					if bytes.Contains(c.Before, []byte("#")) {
						sameComments(t, c)
					}
				}
			})
		}
	}
}

// sameComments wants every comment of the file before in the file after.
func sameComments(t *testing.T, c *mend.Change) {
	t.Helper()
	find := func(text []byte) []string {
		var all []string
		for l := range strings.Lines(string(text)) {
			if _, comment, ok := strings.Cut(l, "#"); ok {
				all = append(all, strings.TrimSpace(strings.ReplaceAll(comment, "\u00a0", " ")))
			}
		}
		slices.Sort(all)
		return all
	}
	if d := cmp.Diff(find(c.Before), find(c.After)); d != "" {
		t.Errorf("%s: comments (-before +after):\n%s", c.File, d)
	}
}
