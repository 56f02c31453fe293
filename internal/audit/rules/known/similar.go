package known

import (
	"github.com/slipway-sh/slipway/internal/objects"
)

// enough objects are compared with a name that is missing; more would cost more than the hint is worth.
const enough = 200

// Nearest finds the object of that kind and namespace whose name is most like one that is missing, nil if none is.
func Nearest(g *objects.Graph, kind, namespace, name string) *objects.Object {
	var best *objects.Object
	least := len(name)/3 + 1
	seen := 0
	for _, o := range g.OfKind(kind) {
		if seen++; seen > enough {
			break
		}
		if o.Namespace() != namespace || o.Name() == name || len(o.Name()) > len(name)+least || len(o.Name()) < len(name)-least {
			continue
		}
		if d := distance(name, o.Name()); d <= least && (best == nil || d < least) {
			best, least = o, d
		}
	}
	return best
}

// Elsewhere finds an object of that kind and name in another namespace.
func Elsewhere(g *objects.Graph, kind, namespace, name string) *objects.Object {
	if len(g.Namespaces()) > enough {
		return nil
	}
	for i, o := range g.OfKind(kind) {
		if i > enough {
			break
		}
		if o.Name() == name && o.Namespace() != namespace {
			return o
		}
	}
	return nil
}

// distance counts the letters to change to make b of a.
func distance(a, b string) int {
	if len(a) > 253 || len(b) > 253 {
		return 253
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, above+1, row[j]+1)
			corner = above
		}
	}
	return row[len(b)]
}
