package edit

import (
	"fmt"

	"github.com/slipway-sh/slipway/internal/objects"
	"go.yaml.in/yaml/v4"
)

// find walks along a path as far as the document goes: to the value itself (nothing is left), or to the null, mapping or
// list in which the rest could be made. It refuses places whose change would show elsewhere.
func (l *layout) find(steps []objects.Step) (n *node, left []objects.Step, err error) {
	n = l.root
	for i, step := range steps {
		if err := l.alone(n); err != nil {
			return nil, nil, err
		}
		if n.y.Kind != yaml.AliasNode && isNull(n.y) {
			return n, steps[i:], nil
		}
		at, err := child(n.y, step)
		if err != nil {
			return nil, nil, err
		}
		if n.y.Kind == yaml.MappingNode {
			if err := notMerged(n.y, step, at, len(steps)-i); err != nil {
				return nil, nil, err
			}
		}
		if at < 0 {
			return n, steps[i:], nil
		}
		if n.y.Kind == yaml.MappingNode {
			at /= 2
		}
		n = n.parts[at].value
	}
	return n, nil, l.alone(n)
}

// alone refuses a value that aliases show at other places too.
func (l *layout) alone(n *node) error {
	if l.used[n.y] {
		return fmt.Errorf("%w: its anchor &%s is used elsewhere", ErrShared, n.y.Anchor)
	}
	return nil
}

// notMerged refuses to walk into what a merge key brings. A key of the mapping's own beside it is no such walk: it
// overrides, here alone.
func notMerged(y *yaml.Node, step objects.Step, at, left int) error {
	key := keyOf(step)
	if at >= 0 && y.Content[at-1].ShortTag() == tagMerge {
		return fmt.Errorf("%w: the path goes through the merge key %s", ErrShared, key)
	}
	if at < 0 && left > 1 && merges(y, key) {
		return fmt.Errorf("%w: %s comes through the merge key <<", ErrShared, key)
	}
	return nil
}

// merges says that merge keys bring a key to a mapping.
func merges(y *yaml.Node, key string) bool { return merged(y, key, map[*yaml.Node]bool{}) }

func merged(y *yaml.Node, key string, seen map[*yaml.Node]bool) bool {
	for i := 0; i+1 < len(y.Content); i += 2 {
		if y.Content[i].ShortTag() != tagMerge {
			continue
		}
		v := y.Content[i+1]
		from := []*yaml.Node{v}
		if v.Kind == yaml.SequenceNode {
			from = v.Content
		}
		for _, m := range from {
			if m.Kind == yaml.AliasNode {
				m = m.Alias
			}
			if m == nil || m.Kind != yaml.MappingNode || seen[m] {
				continue
			}
			seen[m] = true
			if at, err := child(m, objects.Step{Key: key, Index: -1}); err == nil && at >= 0 || merged(m, key, seen) {
				return true
			}
		}
	}
	return false
}
