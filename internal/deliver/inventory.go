package deliver

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/objects"
)

// InventoryPrefix begins the name of the ConfigMap that lists what an application has applied.
const InventoryPrefix = "slipway-inventory-"

// inventory is what earlier runs applied for an application; what is in it and no longer wanted is pruned.
type inventory map[Ref]bool

func inventoryRef(app, namespace string) Ref {
	return Ref{coreKind("ConfigMap"), namespace, InventoryPrefix + app}
}

// inventory reads what is known of an application; exists is false when nothing is.
func (t *Target) inventory(ctx context.Context, app, namespace string) (inv inventory, exists bool, err error) {
	u, err := t.get(ctx, inventoryRef(app, namespace))
	if err != nil || u == nil {
		return inventory{}, false, err
	}
	text, _, _ := unstructured.NestedString(u.Object, "data", "objects")
	inv = inventory{}
	for line := range strings.Lines(text) {
		ref, err := parseRef(strings.TrimSpace(line))
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", inventoryRef(app, namespace), err)
		}
		inv[ref] = true
	}
	return inv, true, nil
}

// object is the ConfigMap that keeps the inventory.
func (inv inventory) object(app, namespace string) *unstructured.Unstructured {
	lines := make([]string, 0, len(inv))
	for ref := range inv {
		lines = append(lines, formatRef(ref))
	}
	sort.Strings(lines)
	r := inventoryRef(app, namespace)
	u := &unstructured.Unstructured{Object: map[string]any{
		"data": map[string]any{"objects": strings.Join(lines, "\n")},
	}}
	u.SetGroupVersionKind(r.GroupVersionKind)
	u.SetNamespace(namespace)
	u.SetName(r.Name)
	u.SetLabels(map[string]string{objects.LabelPartOf: app, objects.LabelManagedBy: Manager})
	return u
}

// save writes the inventory unless it is what is already there.
func (t *Target) save(ctx context.Context, app, namespace string, inv, there inventory) error {
	if len(inv) == len(there) && inv.covers(there) {
		return nil
	}
	_, err := t.apply(ctx, inventoryRef(app, namespace), inv.object(app, namespace))
	return err
}

func (inv inventory) covers(other inventory) bool {
	for ref := range other {
		if !inv[ref] {
			return false
		}
	}
	return true
}

func (inv inventory) with(other inventory) inventory {
	all := inventory{}
	for ref := range inv {
		all[ref] = true
	}
	for ref := range other {
		all[ref] = true
	}
	return all
}

// formatRef writes "apps/v1 Deployment shop/api", which parseRef reads.
func formatRef(r Ref) string {
	return r.GroupVersion().String() + " " + r.Kind + " " + r.Namespace + "/" + r.Name
}

func parseRef(line string) (Ref, error) {
	f := strings.Fields(line)
	if len(f) != 3 {
		return Ref{}, fmt.Errorf("%q is not an object; delete this ConfigMap to begin anew", line)
	}
	gv, err := schema.ParseGroupVersion(f[0])
	if err != nil {
		return Ref{}, err
	}
	namespace, name, _ := strings.Cut(f[2], "/")
	return Ref{gv.WithKind(f[1]), namespace, name}, nil
}
