package edit

import (
	"go.yaml.in/yaml/v4"
)

// addEntry writes a new key behind the last of a mapping.
func (d *document) addEntry(n *node, key, value *yaml.Node) []splice {
	s := d.styleAt(n)
	if d.bracketed(n) {
		return d.addInBrackets(n, s.inline(key, true)+": "+s.inline(value, true))
	}
	column := d.columnOf(n.parts[0].start)
	entry := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, value}}
	return d.insertBelow(n, s.block(entry, column), s.needsBreak(value))
}

// addItem writes a new item behind the last of a list.
func (d *document) addItem(n *node, value *yaml.Node) []splice {
	s := d.styleAt(n)
	if d.bracketed(n) {
		return d.addInBrackets(n, s.inline(value, true))
	}
	return d.insertBelow(n, s.item(value, d.columnOf(n.parts[0].start)), s.needsBreak(value))
}

// addInBrackets writes an entry or item on a line of its own if the last one has one, else behind it.
func (d *document) addInBrackets(n *node, text string) []splice {
	if len(n.parts) == 0 {
		if d.bare(n) {
			return []splice{{n.content + 1, n.end - 1, text}}
		}
		return []splice{{n.content + 1, n.content + 1, text}}
	}
	last := n.parts[len(n.parts)-1]
	end, comma := last.value.end, ""
	if last.comma >= 0 {
		comma = ","
	}
	start := d.lineStart(last.start)
	if start <= n.content || !d.firstOnLine(last.start) {
		return []splice{{end, end, ", " + text}}
	}
	text = "\n" + string(d.text[start:last.start]) + text
	after := max(end, last.comma+1)
	if next := d.next(after); d.lineStart(next) == d.lineStart(after) {
		return []splice{{end, end, "," + text}}
	}
	line := splice{d.lineEnd(after), d.lineEnd(after), text + comma}
	if comma == "" {
		return []splice{{end, end, ","}, line}
	}
	return []splice{line}
}
