package repair

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-sh/slipway/internal/source/edit"
)

func seeds(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("SLIPWAY_SEEDS")
	if dir == "" {
		dir = "../../../../../shared/seeds"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no published deployments here; SLIPWAY_SEEDS names their folder")
	}
	return files
}

func documents(text []byte) [][]byte {
	var all [][]byte
	lines := bytes.SplitAfter(text, []byte("\n"))
	for _, s := range edit.Documents(text) {
		all = append(all, bytes.Join(lines[s.First-1:s.Last], nil))
	}
	return all
}

func TestPublishedManifestsAreReadAsTheyWereMeant(t *testing.T) {
	for _, file := range seeds(t) {
		name, published := strings.CutSuffix(file, ".published.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var twins [][]byte
		if published {
			if twin, err := os.ReadFile(name + ".yaml"); err == nil {
				twins = documents(twin)
			}
		}
		for i, doc := range documents(text) {
			mended, problems, ok := Document(file, 1, doc)
			switch {
			case !published && (len(problems) > 0 || !bytes.Equal(mended, doc)):
				t.Errorf("%s is right, but: %v", file, problems)
			case twins == nil:
			case !ok || len(problems) == 0:
				t.Errorf("%s: document %d is not mended", file, i)
			case bytes.Contains(doc, []byte("{{")):
			case shape(mended) != shape(twins[i]):
				t.Errorf("%s: document %d says something else than it was to:\n%s", file, i, mended)
			default:
				if fixed := applied(t, string(doc), problems); shape([]byte(fixed)) != shape(twins[i]) {
					t.Errorf("%s: document %d says something else after the edits:\n%s", file, i, fixed)
				}
			}
		}
	}
}
