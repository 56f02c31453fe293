package position

// whole are keys whose value in a later file stands for the earlier one, although it may be a list.
var whole = map[string]bool{"command": true, "entrypoint": true, "test": true}

// Over lays one tree over another as Compose merges files: maps by key, lists one after the other, the rest replaced.
// Neither tree is changed.
func Over(base, over *Node) *Node {
	switch {
	case base == nil || base.Kind == Null || over != nil && (over.replace || over.reset):
		return over
	case over == nil || over.Kind == Null:
		return base
	case base.Kind == Map && over.Kind == Map:
		n := &Node{Kind: Map, File: over.File, Line: over.Line, kids: map[string]*Node{}}
		for _, k := range base.keys {
			n.set(k, base.kids[k])
		}
		for _, k := range over.keys {
			c := over.kids[k]
			switch {
			case c.reset:
				n.drop(k)
			case whole[k]:
				n.set(k, c)
			default:
				n.set(k, Over(n.kids[k], c))
			}
		}
		return n
	case base.Kind == List && over.Kind == List:
		items := append(append([]*Node{}, base.Items...), over.Items...)
		return &Node{Kind: List, File: over.File, Line: over.Line, Items: items}
	case base.Kind == Map && over.Kind == List && scalars(over): // environment: a map under a list
		n := &Node{Kind: Map, File: over.File, Line: over.Line, kids: map[string]*Node{}}
		for _, k := range base.keys {
			n.set(k, base.kids[k])
		}
		for _, it := range over.Items {
			n.set(keyOf(it.Value), it)
		}
		return n
	case base.Kind == List && over.Kind == Map && scalars(base):
		n := &Node{Kind: Map, File: over.File, Line: over.Line, kids: map[string]*Node{}}
		for _, it := range base.Items {
			n.set(keyOf(it.Value), it)
		}
		return Over(n, over)
	}
	return over
}

func scalars(n *Node) bool {
	for _, it := range n.Items {
		if it.Kind != Scalar {
			return false
		}
	}
	return true
}

func keyOf(entry string) string {
	for i := range len(entry) {
		if entry[i] == '=' || entry[i] == ':' {
			return entry[:i]
		}
	}
	return entry
}
