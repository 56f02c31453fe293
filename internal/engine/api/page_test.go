package api

import (
	"os"
	"path/filepath"
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
		if row := "| `" + k.GVK.GroupVersion().String() + "` |"; !strings.Contains(page, row) {
			t.Errorf("docs/engine.md has no row %s", row)
		} else if line, _, _ := strings.Cut(page[strings.Index(page, row):], "\n"); !strings.Contains(line+",", " "+k.GVK.Kind) {
			t.Errorf("docs/engine.md does not name %s in the row %s", k.GVK.Kind, row)
		}
	}
	for _, e := range endpoints {
		if e.subresource != "" && !strings.Contains(page, "`"+e.subresource+"`") {
			t.Errorf("docs/engine.md does not name the subresource %s", e.subresource)
		}
	}
}
