package api

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func TestThePageNamesWhatIsServed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "engine.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, k := range store.Kinds {
		_, rest, _ := strings.Cut(page, "| `"+k.GVK.GroupVersion().String()+"` |")
		row, _, _ := strings.Cut(rest, "\n")
		if !regexp.MustCompile(`\b` + k.GVK.Kind + `\b`).MatchString(row) {
			t.Errorf("docs/engine.md does not name %s among the kinds of %s", k.GVK.Kind, k.GVK.GroupVersion())
		}
	}
	for _, e := range endpoints {
		if e.subresource != "" && !strings.Contains(page, "`"+e.subresource+"`") {
			t.Errorf("docs/engine.md does not name the subresource %s", e.subresource)
		}
	}
}
