package definition

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// The errors in testdata are the answers of a real API server (v1.36). Of a definition with
// one version it names the fields of its own internal form, whose places no author has written.
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
			var d apiextensionsv1.CustomResourceDefinition
			if err := yaml.UnmarshalStrict(a.Files[0].Data, &d); err != nil {
				t.Fatal(err)
			}
			Set(&d)
			var got []string
			for _, e := range Create(&d) {
				got = append(got, e.Field+": "+e.ErrorBody())
			}
			if d := cmp.Diff(answers(strings.Split(string(a.Files[1].Data), "\n")), answers(got)); d != "" {
				t.Errorf("a real server's answers (-), ours (+):\n%s", d)
			}
		})
	}
}

var asWritten = strings.NewReplacer("spec.validation.", "spec.versions[0].schema.", "spec.subresources.", "spec.versions[0].subresources.",
	"spec.additionalPrinterColumns[", "spec.versions[0].additionalPrinterColumns[")

// answers are sorted, each once, without the JSON of whole objects.
func answers(list []string) []string {
	var out []string
	for _, s := range list {
		if strings.HasPrefix(s, "status.") || s == "" {
			continue
		}
		for _, open := range []string{"Invalid value: {", "Invalid value: [{"} {
			if i, j := strings.Index(s, open), strings.LastIndex(s, ": "); i > 0 && j > i {
				s = s[:i] + s[j+2:]
			}
		}
		out = append(out, strings.ReplaceAll(asWritten.Replace(s), "Invalid value: must", "must"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
