package table

import (
	"math/rand"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/randfill"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func FuzzEveryObjectHasACellForEachColumn(f *testing.F) {
	for seed := range int64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed int64) {
		fill := randfill.New().NilChance(.3).NumElements(0, 3).MaxDepth(16).RandSource(rand.NewSource(seed)).Funcs(
			func(e *runtime.RawExtension, c randfill.Continue) { e.Raw = []byte(c.String(0)) },
			func(q *resource.Quantity, c randfill.Continue) {
				*q = *resource.NewMilliQuantity(c.Int63()-c.Int63(), resource.BinarySI)
			},
		)
		for _, k := range store.Kinds {
			obj := k.New()
			fill.Fill(obj)
			if cells, columns := Row(obj, time.Now()).Cells, Columns(k); len(cells) != len(columns) {
				t.Errorf("%s: %d cells for %d columns", k.GVK.Kind, len(cells), len(columns))
			}
		}
	})
}
