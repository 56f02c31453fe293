package rendered

import (
	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Key is the step into a mapping.
func Key(k string) objects.Step { return objects.Step{Key: k, Index: -1} }

// named are the keys that name an item of a list in Kubernetes, in the order in which they are tried.
var named = []string{"name", "mountPath", "containerPort", "devicePath", "port", "key", "ip", "host", "path"}

// Child takes one step. The key is nil in a list, where the item stands for itself.
func Child(n *yaml.Node, step objects.Step) (key, value *yaml.Node) {
	n = resolve(n)
	switch {
	case n == nil:
	case step.Index >= 0:
		if n.Kind == yaml.SequenceNode && step.Index < len(n.Content) {
			return nil, n.Content[step.Index]
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step.Key {
				return n.Content[i], n.Content[i+1]
			}
		}
		return merged(n, step)
	}
	return nil, nil
}

// merged looks into what "<<" brings in.
func merged(n *yaml.Node, step objects.Step) (key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!merge" && n.Content[i].Value != "<<" {
			continue
		}
		from := resolve(n.Content[i+1])
		if from == nil || from.Kind != yaml.MappingNode {
			continue
		}
		for j := 0; j+1 < len(from.Content); j += 2 {
			if from.Content[j].Value == step.Key {
				return from.Content[j], from.Content[j+1]
			}
		}
	}
	return nil, nil
}

// Text is the scalar at a path of keys, empty if there is none.
func Text(n *yaml.Node, keys ...string) string {
	for _, k := range keys {
		_, n = Child(n, Key(k))
	}
	if n = resolve(n); n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// Match walks a path through what a tool made and, beside it, through what it was made of. It gives the line of the
// field in the latter, and whether the value there is the one that the tool's object has. A mapping or list is taken as
// the same if it is there at all: what is in it has places of its own.
func Match(made, source *yaml.Node, path []objects.Step) (line int, same, ok bool) {
	for _, step := range path {
		_, next := Child(made, step)
		var key, other *yaml.Node
		if step.Index >= 0 {
			other = item(source, next, step.Index)
		} else {
			key, other = Child(source, step)
		}
		if other == nil {
			return 0, false, false
		}
		made, source = next, other
		line = other.Line
		if key != nil {
			line = key.Line
		}
	}
	return line, equal(made, source), line > 0
}

// item finds in a list the item that goes by the same name; if items have no names, that of the same value or index.
func item(list, like *yaml.Node, index int) *yaml.Node {
	list, like = resolve(list), resolve(like)
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	if like != nil && like.Kind == yaml.MappingNode {
		for _, k := range named {
			name := Text(like, k)
			if name == "" {
				continue
			}
			for _, it := range list.Content {
				if Text(it, k) == name {
					return it
				}
			}
			return nil
		}
	}
	if like != nil && like.Kind == yaml.ScalarNode {
		for _, it := range list.Content {
			if equal(it, like) {
				return it
			}
		}
	}
	if index < len(list.Content) {
		return list.Content[index]
	}
	return nil
}

func equal(a, b *yaml.Node) bool {
	a, b = resolve(a), resolve(b)
	if a == nil || b == nil || a.Kind != b.Kind {
		return false
	}
	return a.Kind != yaml.ScalarNode || a.Value == b.Value
}

func resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
