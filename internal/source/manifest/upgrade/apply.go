package upgrade

import (
	"maps"
	"slices"

	"github.com/slipway-sh/slipway/internal/objects"
)

// apply makes edits in a document. All paths mean the document as it is at the beginning, whatever the other edits do.
func apply(doc map[string]any, edits []objects.Edit) {
	var root tree
	for i := range edits {
		root.add(objects.ParsePath(edits[i].Path), &edits[i])
	}
	root.apply(doc)
}

// tree is the edits in the shape of the document.
type tree struct {
	edit *objects.Edit
	kids map[objects.Step]*tree
}

func (t *tree) add(steps []objects.Step, e *objects.Edit) {
	for _, s := range steps {
		if t.kids == nil {
			t.kids = map[objects.Step]*tree{}
		}
		if t.kids[s] == nil {
			t.kids[s] = &tree{}
		}
		t = t.kids[s]
	}
	t.edit = e
}

// apply returns the node as it is after the edits below it.
func (t *tree) apply(node any) any {
	if t.edit != nil && t.edit.Op == objects.EditSet {
		return plain(t.edit.Value)
	}
	if len(t.kids) == 0 {
		return node
	}
	if list, ok := node.([]any); ok {
		return t.applyList(list)
	}
	m, ok := node.(map[string]any)
	if !ok {
		m = map[string]any{}
	}
	for step, kid := range t.kids {
		value := kid.apply(m[step.Key])
		switch {
		case kid.edit != nil && kid.edit.Op == objects.EditRemove:
			delete(m, step.Key)
		case kid.edit != nil && kid.edit.Op == objects.EditRename:
			delete(m, step.Key)
			name, _ := kid.edit.Value.(string)
			m[name] = value
		default:
			m[step.Key] = value
		}
	}
	return m
}

func (t *tree) applyList(list []any) []any {
	var after []any
	for i, item := range list {
		kid := t.kids[objects.Step{Index: i}]
		if kid == nil {
			after = append(after, item)
		} else if kid.edit == nil || kid.edit.Op != objects.EditRemove {
			after = append(after, kid.apply(item))
		}
	}
	return after
}

// plain is a value of an edit as a decoded document has it, sharing nothing with the edit.
func plain(value any) any {
	switch v := value.(type) {
	case objects.Ordered:
		m := make(map[string]any, len(v))
		for _, kv := range v {
			m[kv.Key] = plain(kv.Value)
		}
		return m
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, item := range v {
			m[key] = plain(item)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plain(item)
		}
		return list
	}
	return value
}

// written is a value of the document as an edit may hold it: keys in order, numbers of two types only, nothing shared.
func written(value any) any {
	switch v := value.(type) {
	case map[string]any:
		ordered := make(objects.Ordered, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			ordered = append(ordered, objects.KeyValue{Key: key, Value: written(v[key])})
		}
		return ordered
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = written(item)
		}
		return list
	}
	if n, ok := whole(value); ok {
		return n
	}
	return value
}

// whole reads a number without a fraction, of whatever type the decoder chose.
func whole(value any) (int64, bool) {
	switch n := value.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case uint64:
		return int64(n), n < 1<<63
	case float64:
		i := int64(n)
		return i, float64(i) == n && n > -1<<62 && n < 1<<62
	}
	return 0, false
}
