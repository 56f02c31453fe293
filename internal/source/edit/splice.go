package edit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// splice puts text in the place of the bytes from from to before to.
type splice struct {
	from, to int
	text     string
}

// document is one document at work; each step that succeeds leaves it read anew.
type document struct {
	*layout
	nl string
}

// commit makes splices of one layout and reads the result.
func (d *document) commit(splices ...splice) error {
	slices.SortStableFunc(splices, func(a, b splice) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, s := range splices {
		if s.from < at || s.to < s.from || s.to > len(d.text) {
			return errLost
		}
		out = append(out, d.text[at:s.from]...)
		out = append(out, withBreaks(s.text, d.nl)...)
		at = s.to
	}
	out = append(out, d.text[at:]...)
	l, err := read(out)
	if err != nil {
		return err
	}
	d.layout = l
	return nil
}

// closed says that a node ends behind a line break, as block scalars do.
func (l *layout) closed(n *node) bool { return endsInBreak(l.text[:n.end]) }

// below is where lines under a node go, behind the comment on its last line.
func (l *layout) below(n *node) int {
	if l.closed(n) {
		return n.end
	}
	return l.lineAfter(n.end)
}

// lastByte is the end of a node's last line, before its break.
func (l *layout) lastByte(n *node) int {
	if !l.closed(n) {
		return l.lineEnd(n.end)
	}
	return l.breakBefore(n.end)
}

// breakBefore is where the line break begins that ends at a place.
func (l *layout) breakBefore(at int) int {
	for _, width := range []int{3, 2, 1} {
		if at >= width && breakAt(l.text, at-width) == width {
			return at - width
		}
	}
	return at
}

// insertBelow puts the lines of a value under a node. A file whose last line has no break gets none, unless it is part
// of the value.
func (l *layout) insertBelow(n *node, lines []string, mustBreak bool) []splice {
	at, text := l.below(n), strings.Join(lines, "\n")
	if at < len(l.text) || endsInBreak(l.text) {
		return []splice{{at, at, text + "\n"}}
	}
	if mustBreak {
		text += "\n"
	}
	splices := []splice{{at, at, "\n" + text}}
	// The last block scalar of such a file ends without a break, which it would be given now.
	if last := tail(n); last.y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		header := string(l.text[last.content:l.headerEnd(last)])
		text := strings.TrimRight(header, "+-") + "-"
		splices = append(splices, splice{last.content, last.content + len(header), text})
	}
	return splices
}

// tail is the last value within a node.
func tail(n *node) *node {
	for len(n.parts) > 0 {
		n = n.parts[len(n.parts)-1].value
	}
	return n
}

// headerEnd is the end of a block scalar's indicators.
func (l *layout) headerEnd(n *node) int {
	at := n.content
	for at < len(l.text) && !l.blank(at) {
		at++
	}
	return at
}
