package edit

import (
	"strconv"

	"github.com/slipway-sh/slipway/internal/objects"
	"go.yaml.in/yaml/v4"
)

// set gives a place a value.
func (d *document) set(steps []objects.Step, value *yaml.Node) error {
	n, left, err := d.find(steps)
	if err != nil {
		return err
	}
	if len(left) == 0 && decomposes(n.y, value) && !same(n.y, value) {
		return d.setWithin(n.y, steps, value)
	}
	splices, err := d.put(n, left, value)
	if err != nil || len(splices) == 0 {
		return err
	}
	return d.commit(splices...)
}

// put is what writes a value to what find has found.
func (d *document) put(n *node, left []objects.Step, value *yaml.Node) ([]splice, error) {
	switch {
	case len(left) == 0 && same(n.y, value) && !ambiguous(n.y):
		return nil, nil
	case len(left) == 0:
		return d.replace(n, value), nil
	case isNull(n.y) || !filled(n.y) && !n.flow && d.bare(n):
		v, err := change(n.y, left, value)
		if err != nil {
			return nil, err
		}
		return d.replace(n, v), nil
	case n.flow && !d.bracketed(n):
		return nil, errLost
	}
	v, err := wrap(left[1:], value)
	if err != nil {
		return nil, err
	}
	if n.y.Kind == yaml.MappingNode {
		return d.addEntry(n, leaf(tagText, keyOf(left[0])), v), nil
	}
	return d.addItem(n, v), nil
}

// bare says that nothing but blanks stands between the brackets of an empty collection.
func (d *document) bare(n *node) bool {
	return n.end-n.content >= 2 && len(trim(d.text[n.content+1:n.end-1])) == 0
}

// decomposes says that a collection can take the place of another piece by piece, so that the comments of what stays
// the same stay too.
func decomposes(old, value *yaml.Node) bool {
	if old.Kind != value.Kind || !filled(old) || !filled(value) || old.ShortTag() != value.ShortTag() {
		return false
	}
	for i := 0; old.Kind == yaml.MappingNode && i < len(old.Content); i += 2 {
		if k := old.Content[i]; k.Kind != yaml.ScalarNode || k.ShortTag() != tagText {
			return false
		}
	}
	return true
}

// setWithin makes a mapping or list out of another. What goes is removed last, so that it is never empty in between.
func (d *document) setWithin(old *yaml.Node, steps []objects.Step, value *yaml.Node) error {
	at := func(step objects.Step) []objects.Step {
		return append(append([]objects.Step{}, steps...), step)
	}
	if old.Kind == yaml.MappingNode {
		wanted := map[string]bool{}
		for i := 0; i+1 < len(value.Content); i += 2 {
			key := value.Content[i].Value
			wanted[key] = true
			if err := d.set(at(objects.Step{Key: key, Index: -1}), value.Content[i+1]); err != nil {
				return err
			}
		}
		for i := 0; i+1 < len(old.Content); i += 2 {
			if key := old.Content[i].Value; !wanted[key] {
				if err := d.remove(at(objects.Step{Key: key, Index: -1})); err != nil {
					return err
				}
			}
		}
		return nil
	}
	before, after := old.Content, value.Content
	head := 0
	for head < min(len(before), len(after)) && same(before[head], after[head]) {
		head++
	}
	end := 0 // items at the end that stay; not if the list grows, because only its end can
	for len(before) >= len(after) && end < len(after)-head && same(before[len(before)-1-end], after[len(after)-1-end]) {
		end++
	}
	for i := head; i < len(after)-end; i++ {
		if err := d.set(at(objects.Step{Index: i}), after[i]); err != nil {
			return err
		}
	}
	for i := len(before) - end - 1; i >= len(after)-end; i-- {
		if err := d.remove(at(objects.Step{Index: i})); err != nil {
			return err
		}
	}
	return nil
}

// rename gives a key another name.
func (d *document) rename(steps []objects.Step, name string) error {
	n, left, err := d.find(steps)
	switch {
	case err != nil:
		return err
	case len(left) > 0:
		return pathError("there is no %s to rename", objects.JoinPath(left...))
	case n.parent == nil || n.parent.y.Kind != yaml.MappingNode:
		return pathError("what stands there has no key to rename")
	}
	key := n.parent.parts[n.slot].key
	if err := d.alone(key); err != nil {
		return err
	}
	if key.y.Value == name {
		return nil
	}
	if at, err := child(n.parent.y, objects.Step{Key: name, Index: -1}); err == nil && at >= 0 {
		return pathError("the key %s is already there", strconv.Quote(name))
	}
	if key.y.Kind != yaml.ScalarNode || key.absent || d.closed(key) {
		return errLost
	}
	s := d.styleAt(n.parent)
	return d.commit(splice{key.content, key.end, s.like(key.y, leaf(tagText, name), key.flow)})
}
