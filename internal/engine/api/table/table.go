package table

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// Columns returns the columns of a kind; those with priority 1 are for `-o wide`.
func Columns(k *store.Kind) []metav1.TableColumnDefinition {
	return []metav1.TableColumnDefinition{{Name: "Name", Type: "string", Format: "name"}, {Name: "Age", Type: "string"}}
}

// Row returns the cells of an object, in the order of its kind's Columns. The row's Object is left to the caller.
func Row(obj runtime.Object, now time.Time) metav1.TableRow {
	m, err := meta.Accessor(obj)
	if err != nil {
		return metav1.TableRow{}
	}
	return metav1.TableRow{Cells: []any{m.GetName(), now.Sub(m.GetCreationTimestamp().Time).String()}}
}
