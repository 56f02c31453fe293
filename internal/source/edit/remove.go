package edit

import (
	"bytes"

	"github.com/slipway-sh/slipway/internal/objects"
	"go.yaml.in/yaml/v4"
)

// remove takes a place away with the comments that are its own. A place that is not there is as wanted already.
func (d *document) remove(steps []objects.Step) error {
	n, left, err := d.find(steps)
	switch {
	case err != nil:
		return err
	case len(left) > 0:
		if n.y.Kind == yaml.MappingNode && merges(n.y, keyOf(left[0])) {
			return notMerged(n.y, left[0], -1, 2)
		}
		return nil
	case n.parent == nil:
		return pathError("the path is empty: a whole document is removed by its lines")
	}
	m := n.parent
	switch {
	case len(m.parts) == 1:
		return d.commit(d.replace(m, &yaml.Node{Kind: m.y.Kind, Tag: m.y.ShortTag()})...)
	case m.flow && !d.bracketed(m):
		return errLost
	case d.bracketed(m):
		return d.commit(removeInBrackets(m, n.slot))
	}
	return d.commit(d.removeLines(m, n.slot))
}

func removeInBrackets(m *node, slot int) splice {
	if slot+1 < len(m.parts) {
		return splice{m.parts[slot].start, m.parts[slot+1].start, ""}
	}
	return splice{m.parts[slot-1].value.end, m.parts[slot].value.end, ""}
}

func (d *document) removeLines(m *node, slot int) splice {
	p := m.parts[slot]
	column := d.columnOf(p.start)
	to := d.comments(d.below(p.value), column)
	if !d.firstOnLine(p.start) {
		// Behind a dash: what comes next takes its place on the line.
		for to < len(d.text) && (d.blank(to)) {
			to++
		}
		return splice{p.start, to, ""}
	}
	from := d.lineStart(p.start)
	if m.parent != nil || slot > 0 {
		from = d.commentsAbove(from, column)
	}
	if slot > 0 && d.keeps(tail(m.parts[slot-1].value)) {
		for to < len(d.text) && len(trim(d.text[to:d.lineEnd(to)])) == 0 {
			to = d.lineAfter(to) // else the blank lines below would be text of the scalar above
		}
	}
	if to == len(d.text) && !endsInBreak(d.text) && slot > 0 && !d.closed(m.parts[slot-1].value) {
		from = d.breakBefore(from)
	}
	return splice{from, to, ""}
}

// keeps says that a value is a block scalar that blank lines below it belong to.
func (d *document) keeps(n *node) bool {
	return isBlock(n.y) && bytes.ContainsRune(d.text[n.content:d.headerEnd(n)], '+')
}

// comments is the end of the comment lines that begin there and stand deeper than a column: they are about what is
// above them.
func (d *document) comments(at, column int) int {
	for at < len(d.text) {
		spaces := d.spaces(at)
		if spaces <= column || at+spaces >= len(d.text) || d.text[at+spaces] != '#' {
			break
		}
		at = d.lineAfter(at)
	}
	return at
}

// commentsAbove is the start of the comment lines right above a line, indented as it is.
func (d *document) commentsAbove(at, column int) int {
	for at > 0 {
		above := d.lineStart(d.breakBefore(at))
		if spaces := d.spaces(above); spaces != column || d.text[above+spaces] != '#' {
			break
		}
		at = above
	}
	return at
}
