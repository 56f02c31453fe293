package contract

import (
	"path/filepath"
	"testing"

	"github.com/slipway-sh/slipway/test/harness"
)

// TestContract is everything that is promised of the engine and of a real Kubernetes alike.
func TestContract(t *testing.T) {
	for _, kind := range []struct {
		name string
		make func(*testing.T) *harness.Target
	}{{"engine", harness.Engine}, {"kubernetes", harness.Kubernetes}} {
		t.Run(kind.name, func(t *testing.T) {
			tg := kind.make(t)
			tg.Slipway(t, "image", "build", "--tag", "behaviour:1", filepath.Join("testdata", "behaviour"))
			tg.Ship(t, "behaviour:1")
			t.Run("answers", func(t *testing.T) { runAnswers(t, tg) })
			t.Run("streams", func(t *testing.T) { runStreams(t, tg) })
			t.Run("scenarios", func(t *testing.T) { runScenarios(t, tg) })
		})
	}
}
