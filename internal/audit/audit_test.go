package audit_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/objects"
)

func TestEveryRuleSaysWhyAndShowsAnExample(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range audit.Rules() {
		if seen[r.ID] {
			t.Errorf("%s: is there twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.Why == "" || r.Advice == "" {
			t.Errorf("%s: has no title, reason or advice", r.ID)
		}
		if len(r.Sources) == 0 && r.ID != "ignored-wrongly" && r.ID != "script-not-read" { // which are ours alone
			t.Errorf("%s: names no source", r.ID)
		}
		for _, s := range r.Sources {
			if !strings.HasPrefix(s, "https://") {
				t.Errorf("%s: %q is no address", r.ID, s)
			}
		}
		if e, ok := audit.ExampleOf(r.ID); !ok || e.After == "" {
			t.Errorf("%s: has no example", r.ID)
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d rules", len(seen))
	}
}

// What readers report must be in the catalogue, or nobody can look it up or ignore it.
func TestWhatReadersReportIsInTheCatalogue(t *testing.T) {
	said := regexp.MustCompile(`(?:say|problem|report)\((?:rule)?"([a-z]+(?:-[a-z]+)+)"|Rule: +"([a-z-]+)"`)
	found := 0
	err := filepath.WalkDir(filepath.Join("..", "source"), func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range said.FindAllStringSubmatch(string(text), -1) {
			found++
			if id := m[1] + m[2]; audit.Find(id) == nil {
				t.Errorf("%s reports %q, which is no rule", path, id)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 20 {
		t.Errorf("only %d reports were seen", found)
	}
}

func shop() *objects.Application {
	app := &objects.Application{Name: "shop", Namespace: "shop"}
	replicas := int32(1)
	for _, name := range []string{"web", "api"} {
		app.Add(objects.New(&appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
			Spec: appsv1.DeploymentSpec{
				Replicas: &replicas,
				Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}},
				Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}},
					Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: name, Ports: []corev1.ContainerPort{{ContainerPort: 80}}}}},
				},
			},
		}, objects.Origin{File: "shop.yaml", Line: 1}))
	}
	return app
}

func TestTheSameApplicationGivesTheSameFindingsInTheSameOrder(t *testing.T) {
	text := func() string {
		var b strings.Builder
		for _, f := range audit.Run(shop(), nil) {
			b.WriteString(f.Object + " " + f.Rule.ID + " " + f.Field + " " + f.Message + "\n")
		}
		return b.String()
	}
	first := text()
	if first == "" {
		t.Fatal("nothing is found")
	}
	for range 20 {
		if again := text(); again != first {
			t.Fatalf("another time it is\n%s\nnot\n%s", again, first)
		}
	}
}

func TestWhatIsIgnoredIsKeptWithItsReason(t *testing.T) {
	app := shop()
	app.Objects[0].Annotate(audit.IgnorePrefix+"mutable-tag", "it is a demonstration")
	findings := audit.Run(app, []audit.Ignore{{Rule: "single-*", Object: "deployment shop/*", Reason: "two users"}})
	ignored := map[string]string{}
	for _, f := range findings {
		if f.Ignored != "" {
			ignored[f.Rule.ID+" "+f.Object] = f.Ignored
		}
	}
	for what, reason := range map[string]string{
		"mutable-tag deployment shop/web":    "it is a demonstration",
		"single-replica deployment shop/web": "two users",
		"single-replica deployment shop/api": "two users",
	} {
		if ignored[what] != reason {
			t.Errorf("%s: ignored for %q, not %q", what, ignored[what], reason)
		}
	}
	if len(ignored) != 3 {
		t.Errorf("ignored: %v", ignored)
	}
	if n := audit.Counts(findings); slices.ContainsFunc(findings, func(f *audit.Finding) bool { return f.Rule.ID == "single-replica" && f.Ignored == "" }) || n["risk"] == 0 {
		t.Errorf("counts %v", n)
	}
}

func TestIgnoreFilesThatSayNothingAreErrors(t *testing.T) {
	for text, want := range map[string]string{
		"ignore:\n  - rule: mutable-tag\n":                          "2: has no reason",
		"ignore:\n  - {rule: no-such, reason: x}\n":                 `2: there is no rule "no-such"`,
		"ignore:\n  - {rule: mutable-tag, reason: x, files: '*'}\n": "2: files is not known",
		"ignore: [\n":                "",
		"ignore:\n  - mutable-tag\n": "2: an entry is a mapping",
	} {
		file := filepath.Join(t.TempDir(), audit.IgnoreFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := audit.ReadIgnores(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}
