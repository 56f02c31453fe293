package upgrade

import (
	"slices"

	"github.com/slipway-sh/slipway/internal/objects"
)

// applied makes the edits one after the other, another way than apply does: values first, while all places are where
// they were written, then what goes, from the last to the first, then the names, from the inside out.
func applied(doc map[string]any, changes []Change) map[string]any {
	var edits []objects.Edit
	for _, c := range changes {
		edits = append(edits, c.Edits...)
	}
	for _, op := range []objects.EditOp{objects.EditSet, objects.EditRemove, objects.EditRename} {
		for _, e := range slices.SortedStableFunc(slices.Values(edits), laterFirst) {
			if e.Op == op {
				one(doc, objects.ParsePath(e.Path), e)
			}
		}
	}
	return doc
}

func laterFirst(a, b objects.Edit) int {
	return -slices.CompareFunc(objects.ParsePath(a.Path), objects.ParsePath(b.Path), func(x, y objects.Step) int {
		if x.Index != y.Index {
			return x.Index - y.Index
		}
		if x.Key < y.Key {
			return -1
		} else if x.Key > y.Key {
			return 1
		}
		return 0
	})
}

// one makes one edit and returns the node.
func one(node any, steps []objects.Step, e objects.Edit) any {
	if len(steps) == 0 {
		return plain(e.Value)
	}
	first, last := steps[0], len(steps) == 1
	if first.Index >= 0 {
		list := node.([]any)
		if last && e.Op == objects.EditRemove {
			return slices.Delete(slices.Clone(list), first.Index, first.Index+1)
		}
		list[first.Index] = one(list[first.Index], steps[1:], e)
		return list
	}
	m, ok := node.(map[string]any)
	if !ok {
		m = map[string]any{}
	}
	switch {
	case last && e.Op == objects.EditRemove:
		delete(m, first.Key)
	case last && e.Op == objects.EditRename:
		m[e.Value.(string)] = m[first.Key]
		delete(m, first.Key)
	default:
		m[first.Key] = one(m[first.Key], steps[1:], e)
	}
	return m
}
