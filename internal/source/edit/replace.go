package edit

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// replace writes a value where another stands. An anchor stays; a tag goes, it was the old value's.
func (d *document) replace(n *node, y *yaml.Node) []splice {
	s := d.styleAt(home(n))
	switch {
	case n.flow:
		return d.replaceInline(n, s.like(n.y, y, true))
	case n.parent == nil:
		return d.replaceRoot(n, y, s)
	}
	multiline := filled(y) && (!filled(n.y) || !d.bracketed(n)) || s.literal(y) && !isQuoted(n.y)
	simple := n.y.Kind == yaml.AliasNode || n.y.Kind == yaml.ScalarNode && !isBlock(n.y) || d.bracketed(n)
	if simple && !multiline {
		return d.replaceInline(n, s.like(n.y, y, false))
	}
	p := n.parent.parts[n.slot]
	first, rest := d.lines(n, y, s, multiline)
	if n.y.Anchor != "" {
		first = " &" + n.y.Anchor + first
	}
	text := strings.Join(append([]string{first + d.comment(n, p)}, rest...), "\n")
	to := d.lastByte(n)
	if to == len(d.text) && multiline && s.needsBreak(y) {
		text += "\n"
	}
	return []splice{{p.mark + 1, to, text}}
}

// home is the collection whose style a value in a node's place follows.
func home(n *node) *node {
	if n.parent != nil {
		return n.parent
	}
	return n
}

func isQuoted(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
}

func isBlock(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// lines are what stands behind the colon or dash, and the lines below.
func (d *document) lines(n *node, y *yaml.Node, s style, multiline bool) (first string, rest []string) {
	p := n.parent.parts[n.slot]
	column := d.columnOf(p.start)
	if !multiline {
		return " " + s.like(n.y, y, false), nil
	}
	if isBlock(n.y) && s.literal(y) {
		if indent := d.blockIndent(d.lineAfter(n.content), column); !bytes.ContainsAny(d.text[n.content:d.headerEnd(n)], "123456789") {
			return " " + literalHeader(y.Value), literalLines(y.Value, indent)
		}
	}
	if p.key != nil {
		if filled(y) && n.y.Kind == y.Kind && filled(n.y) {
			return "", s.block(y, d.columnOf(n.content))
		}
		return s.after(y, column)
	}
	gap := s.gap
	if !n.absent && n.start == n.content && d.lineStart(n.content) == d.lineStart(p.mark) {
		gap = n.content - p.mark - 1
	}
	if n.y.Anchor != "" && filled(y) {
		return "", s.block(y, column+1+gap)
	}
	first, rest = s.inside(y, column+1+gap)
	return strings.Repeat(" ", gap) + first, rest
}

// comment is what follows a value on the line of its key or dash, with the blanks before it.
func (d *document) comment(n *node, p part) string {
	at := n.end
	switch sameLine := d.lineStart(n.content) == d.lineStart(p.mark); {
	case n.absent:
	case isBlock(n.y):
		at = d.headerEnd(n)
	case !filled(n.y) || d.bracketed(n):
	case sameLine && d.lineStart(n.end) != d.lineStart(n.content):
		return ""
	case sameLine:
	case n.props > n.start:
		at = n.props
	default:
		at = p.mark + 1
	}
	if d.blankToComment(at) {
		return string(d.text[at:d.lineEnd(at)])
	}
	return ""
}

func (d *document) blankToComment(at int) bool {
	rest := trim(d.text[at:d.lineEnd(at)])
	return len(rest) > 0 && rest[0] == '#'
}

func trim(text []byte) []byte { return bytes.TrimSpace(text) }

// replaceInline replaces a value that stands on its line by text for the same line.
func (d *document) replaceInline(n *node, text string) []splice {
	switch {
	case n.absent && n.parent != nil && n.parent.parts[n.slot].mark < 0 && n.parent.parts[n.slot].key != nil:
		return []splice{{n.end, n.end, ": " + text}}
	case n.absent:
		if tagged(d.text[n.start:n.props]) {
			return []splice{{n.start, n.end, d.anchor(n) + text}}
		}
		return []splice{{n.end, n.end, " " + text}}
	case tagged(d.text[n.start:n.props]):
		return []splice{{n.start, n.end, d.anchor(n) + text}}
	}
	return []splice{{n.content, n.end, text}}
}

func tagged(properties []byte) bool {
	return bytes.HasPrefix(properties, []byte("!")) || bytes.Contains(properties, []byte(" !"))
}

func (d *document) anchor(n *node) string {
	if n.y.Anchor == "" {
		return ""
	}
	return "&" + n.y.Anchor + " "
}

// replaceRoot writes a whole document anew.
func (d *document) replaceRoot(n *node, y *yaml.Node, s style) []splice {
	lines := s.document(y)
	if d.bracketed(n) && filled(n.y) {
		lines = []string{s.inline(y, false)}
	}
	text := strings.Join(lines, "\n")
	if filled(y) && len(lines) > 1 && s.needsBreak(y) && (n.absent || d.lastByte(n) == len(d.text)) && !endsInBreak(d.text) {
		text += "\n"
	}
	if n.absent {
		at := d.lineAfter(d.body())
		if at == len(d.text) && !endsInBreak(d.text) && at > 0 {
			return []splice{{at, at, "\n" + text}}
		}
		return []splice{{at, at, text + "\n"}}
	}
	if !d.firstOnLine(n.start) && filled(y) {
		text = "\n" + text
	}
	return []splice{{n.start, d.lastByte(n), text}}
}
