package edit

import (
	"fmt"
	"strconv"

	"github.com/slipway-sh/slipway/internal/objects"
	"go.yaml.in/yaml/v4"
)

// The functions of this file make the edits on parsed data, without a thought of text; they share what they do not
// change. What the new text says is compared with them.

// change gives a value a place below n and returns the new n.
func change(n *yaml.Node, steps []objects.Step, value *yaml.Node) (*yaml.Node, error) {
	if len(steps) == 0 {
		return value, nil
	}
	if n == nil || isNull(n) {
		return wrap(steps, value)
	}
	i, err := child(n, steps[0])
	if err != nil {
		return nil, err
	}
	if i >= 0 {
		v, err := change(n.Content[i], steps[1:], value)
		if err != nil {
			return nil, err
		}
		return with(n, i, v), nil
	}
	v, err := wrap(steps[1:], value)
	if err != nil {
		return nil, err
	}
	out := *n
	out.Content = append(make([]*yaml.Node, 0, len(n.Content)+2), n.Content...)
	if n.Kind == yaml.MappingNode {
		out.Content = append(out.Content, leaf(tagText, keyOf(steps[0])))
	}
	out.Content = append(out.Content, v)
	return &out, nil
}

// without takes a place below n away.
func without(n *yaml.Node, steps []objects.Step) (*yaml.Node, error) {
	i, err := child(n, steps[0])
	if err != nil || i < 0 {
		return n, err
	}
	if len(steps) > 1 {
		v, err := without(n.Content[i], steps[1:])
		if err != nil {
			return nil, err
		}
		return with(n, i, v), nil
	}
	out := *n
	from := i
	if n.Kind == yaml.MappingNode {
		from--
	}
	out.Content = append(append([]*yaml.Node{}, n.Content[:from]...), n.Content[i+1:]...)
	return &out, nil
}

// renamed gives a key below n another name.
func renamed(n *yaml.Node, steps []objects.Step, name string) (*yaml.Node, error) {
	i, err := child(n, steps[0])
	if err != nil || i < 0 {
		return n, err
	}
	if len(steps) > 1 {
		v, err := renamed(n.Content[i], steps[1:], name)
		if err != nil {
			return nil, err
		}
		return with(n, i, v), nil
	}
	return with(n, i-1, leaf(tagText, name)), nil
}

// child is the index in Content of the value that a step leads to, -1 if it is not there but could be added.
func child(n *yaml.Node, step objects.Step) (int, error) {
	switch n.Kind {
	case yaml.MappingNode:
		key := keyOf(step)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if k := n.Content[i]; k.Kind == yaml.ScalarNode && k.Value == key {
				return i + 1, nil
			}
		}
		return -1, nil
	case yaml.SequenceNode:
		switch {
		case step.Index < 0:
			return 0, fmt.Errorf("%w: there is a list where it has the key %q", ErrPath, step.Key)
		case step.Index < len(n.Content):
			return step.Index, nil
		case step.Index == len(n.Content):
			return -1, nil
		}
		return 0, fmt.Errorf("%w: the list has %d items, none with index %d", ErrPath, len(n.Content), step.Index)
	case yaml.AliasNode:
		return 0, fmt.Errorf("%w: the path goes through the alias *%s", ErrShared, n.Value)
	}
	return 0, fmt.Errorf("%w: there is a plain value where it has %s", ErrPath, objects.JoinPath(step))
}

// wrap makes the maps and lists around a value that are missing.
func wrap(steps []objects.Step, value *yaml.Node) (*yaml.Node, error) {
	for i := len(steps) - 1; i >= 0; i-- {
		switch s := steps[i]; {
		case s.Index < 0:
			value = &yaml.Node{Kind: yaml.MappingNode, Tag: tagMap, Content: []*yaml.Node{leaf(tagText, s.Key), value}}
		case s.Index == 0:
			value = &yaml.Node{Kind: yaml.SequenceNode, Tag: tagList, Content: []*yaml.Node{value}}
		default:
			return nil, fmt.Errorf("%w: a list that is not there yet begins with index 0, not %d", ErrPath, s.Index)
		}
	}
	return value, nil
}

func with(n *yaml.Node, i int, v *yaml.Node) *yaml.Node {
	out := *n
	out.Content = append([]*yaml.Node{}, n.Content...)
	out.Content[i] = v
	return &out
}

// keyOf is a step as the key of a mapping, where an index means the key of these digits.
func keyOf(step objects.Step) string {
	if step.Index >= 0 {
		return strconv.Itoa(step.Index)
	}
	return step.Key
}

// comparison remembers the pairs that were reached through aliases, which may be many times or without end.
type comparison map[[2]*yaml.Node]bool

// same says that two trees hold the same data. The order of keys is none of it: no splice moves one.
func same(a, b *yaml.Node) bool { return comparison{}.same(a, b) }

func (c comparison) same(a, b *yaml.Node) bool {
	for a != nil && b != nil && (a.Kind == yaml.AliasNode || b.Kind == yaml.AliasNode) {
		if a.Kind == yaml.AliasNode {
			a = a.Alias
		}
		if b != nil && b.Kind == yaml.AliasNode {
			b = b.Alias
		}
		pair := [2]*yaml.Node{a, b}
		if c[pair] {
			return true
		}
		c[pair] = true
	}
	switch {
	case a == b:
		return true
	case a == nil || b == nil || a.Kind != b.Kind || a.ShortTag() != b.ShortTag() || len(a.Content) != len(b.Content):
		return false
	case a.Kind == yaml.ScalarNode:
		return a.Value == b.Value || isNull(a)
	case a.Kind == yaml.MappingNode:
		return c.sameEntries(a, b)
	}
	for i := range a.Content {
		if !c.same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

func (c comparison) sameEntries(a, b *yaml.Node) bool {
	var index map[string]int // of b, made when the order differs for the first time
	for i := 0; i+1 < len(a.Content); i += 2 {
		j := i
		if k := a.Content[i]; !c.same(k, b.Content[i]) {
			if index == nil {
				index = map[string]int{}
				for at := 0; at+1 < len(b.Content); at += 2 {
					index[b.Content[at].Value] = at
				}
			}
			at, ok := index[k.Value]
			if !ok || k.Kind != yaml.ScalarNode || !c.same(k, b.Content[at]) {
				return false
			}
			j = at
		}
		if !c.same(a.Content[i+1], b.Content[j+1]) {
			return false
		}
	}
	return true
}
