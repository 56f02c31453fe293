package edit

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"
)

// style is how a file is written, where new text has to choose.
type style struct {
	step   int        // columns from a key to the keys below it
	list   int        // columns from a key to the dashes below it
	gap    int        // blanks behind a dash
	quotes yaml.Style // of a text that needs some
	json   bool       // every text is in double quotes
}

// ordinary is the style where there is nothing to follow.
var ordinary = style{step: 2, list: 2, gap: 1, quotes: yaml.DoubleQuotedStyle}

// census counts what a document does.
type census struct{ step, list, gap, quotes map[int]int }

func newCensus() census {
	return census{map[int]int{}, map[int]int{}, map[int]int{}, map[int]int{}}
}

// styleAt is the style around a node: that of its own mapping and of those next to it, else of the document.
func (l *layout) styleAt(n *node) style {
	s := ordinary
	all := newCensus()
	l.count(l.root, all)
	if step, ok := most(all.step); ok {
		s.step = step
		s.list = min(s.list, step)
	}
	s.list = mostOr(all.list, s.list)
	s.gap = mostOr(all.gap, s.gap)
	if all.quotes[int(yaml.SingleQuotedStyle)] > all.quotes[int(yaml.DoubleQuotedStyle)] {
		s.quotes = yaml.SingleQuotedStyle
	}
	near := newCensus()
	for at := n; at != nil; at = at.parent {
		l.countHere(at, near)
		if at.y.Kind == yaml.SequenceNode { // the items of a list are made alike
			for _, p := range at.parts {
				l.countHere(p.value, near)
			}
		}
		if at == n {
			s.step = mostOr(near.step, s.step)
			s.gap = mostOr(near.gap, s.gap)
		}
		if list, ok := most(near.list); ok {
			s.list = list
			break
		}
	}
	s.json = l.json(n)
	return s
}

// json says that a collection in brackets has its keys, or else its texts, in double quotes.
func (l *layout) json(n *node) bool {
	for ; n != nil; n = n.parent {
		if n.content >= len(l.text) || l.text[n.content] != '{' && l.text[n.content] != '[' {
			continue
		}
		for _, p := range n.parts {
			if p.key != nil {
				return p.key.y.Style&yaml.DoubleQuotedStyle != 0
			}
			if p.value.y.Kind == yaml.ScalarNode {
				return p.value.y.Style&yaml.DoubleQuotedStyle != 0
			}
		}
	}
	return false
}

func (l *layout) count(n *node, c census) {
	l.countHere(n, c)
	for _, p := range n.parts {
		if p.key != nil {
			l.count(p.key, c)
		}
		l.count(p.value, c)
	}
}

func (l *layout) countHere(n *node, c census) {
	if n.y.Kind == yaml.ScalarNode {
		if s := n.y.Style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle); s != 0 {
			c.quotes[int(s)]++
		}
	}
	if n.flow || l.bracketed(n) {
		return
	}
	for _, p := range n.parts {
		if len(p.value.parts) == 0 || l.bracketed(p.value) || p.value.content != p.value.start {
			continue
		}
		if p.key == nil {
			if l.lineStart(p.mark) == l.lineStart(p.value.start) {
				c.gap[p.value.start-p.mark-1]++
			}
			continue
		}
		columns := l.columnOf(p.value.start) - l.columnOf(p.start)
		switch {
		case !l.firstOnLine(p.value.start):
		case p.value.y.Kind == yaml.MappingNode:
			c.step[columns]++
		default:
			c.list[columns]++
		}
	}
}

// bracketed says that a collection is written in brackets.
func (l *layout) bracketed(n *node) bool {
	return isCollection(n.y) && n.content < len(l.text) && (l.text[n.content] == '{' || l.text[n.content] == '[') &&
		n.y.Style&yaml.FlowStyle != 0
}

// most is the value seen most often, the smallest of those.
func most(counts map[int]int) (int, bool) {
	best, found := 0, false
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		if !found || counts[v] > counts[best] {
			best, found = v, true
		}
	}
	return best, found
}

func mostOr(counts map[int]int, otherwise int) int {
	if v, ok := most(counts); ok {
		return v
	}
	return otherwise
}
