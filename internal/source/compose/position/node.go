package position

import (
	"strconv"
	"strings"
)

// Kind of a Node.
type Kind int

// What a Node can be.
const (
	Null Kind = iota
	Scalar
	Map
	List
)

// Node is one value of the project with the place of its key.
type Node struct {
	Kind  Kind
	File  string
	Line  int
	Value string  // of a Scalar, before interpolation
	Items []*Node // of a List

	replace bool // !override, or a key whose lists are not joined
	reset   bool
	keys    []string
	kids    map[string]*Node
}

// Keys of a Map in the order in which they were first written.
func (n *Node) Keys() []string {
	if n == nil {
		return nil
	}
	return n.keys
}

// Child finds one step of a path: a key of a map, "[2]" of a list, or in a list of scalars the entry that says it
// (KEY, KEY=value, KEY:value). It returns nil if there is none.
func (n *Node) Child(step string) *Node {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Map:
		return n.kids[step]
	case List:
		if i, ok := index(step); ok {
			if i < len(n.Items) {
				return n.Items[i]
			}
			return nil
		}
		for _, it := range n.Items {
			if it.Kind == Scalar && says(it.Value, step) {
				return it
			}
		}
	}
	return nil
}

// Find walks a whole path; nil if any step is missing.
func (n *Node) Find(path ...string) *Node {
	for _, step := range path {
		n = n.Child(step)
	}
	return n
}

// Nearest walks as far along the path as there are nodes.
func (n *Node) Nearest(path ...string) *Node {
	for _, step := range path {
		next := n.Child(step)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// Empty says that nothing was written: null, an empty list or map, an empty string or a plain false.
func (n *Node) Empty() bool {
	if n == nil {
		return true
	}
	switch n.Kind {
	case Map:
		return len(n.keys) == 0
	case List:
		return len(n.Items) == 0
	case Scalar:
		return n.Value == "" || n.Value == "false" || n.Value == "0"
	}
	return true
}

func index(step string) (int, bool) {
	if len(step) < 3 || step[0] != '[' || step[len(step)-1] != ']' {
		return 0, false
	}
	i, err := strconv.Atoi(step[1 : len(step)-1])
	return i, err == nil && i >= 0
}

func says(entry, key string) bool {
	rest, ok := strings.CutPrefix(entry, key)
	return ok && (rest == "" || rest[0] == '=' || rest[0] == ':')
}

// Join writes a path as people do: services.api.ports[0].
func Join(path ...string) string {
	var b strings.Builder
	for _, step := range path {
		if _, isIndex := index(step); !isIndex && b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}
