package upgrade

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/edit"
)

func TestEditsDoTheSameInTheFile(t *testing.T) {
	for _, file := range cases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := section(a, "before.yaml")
			doc := decode(t, text)
			changes, _ := run(a, doc)
			var edits []objects.Edit
			for _, c := range changes {
				edits = append(edits, c.Edits...)
			}
			out, left := edit.Apply([]byte(text), edits)
			for _, l := range left {
				t.Errorf("left out: %v", l)
			}
			if diff := cmp.Diff(normal(t, doc), decode(t, string(out))); diff != "" {
				t.Errorf("(-document +file): %s\n%s", diff, out)
			}
		})
	}
}

func TestCommentsSurvive(t *testing.T) {
	text := `apiVersion: extensions/v1beta1 # old
kind: Ingress
metadata: {name: shop}
spec:
  # le site
  rules:
  - http:
      paths:
      # everything
      - path: /*
        backend: # to the front
          # its service
          serviceName: web
          servicePort: 80
`
	changes, _ := Upgrade(decode(t, text))
	var edits []objects.Edit
	for _, c := range changes {
		edits = append(edits, c.Edits...)
	}
	out, left := edit.Apply([]byte(text), edits)
	if len(left) > 0 {
		t.Fatal(left)
	}
	for _, comment := range []string{"# old", "# le site", "# everything", "# to the front"} {
		if !strings.Contains(string(out), comment) {
			t.Errorf("%q is lost in\n%s", comment, out)
		}
	}
}
