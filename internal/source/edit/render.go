package edit

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// Snippet renders a value as YAML in block style, two columns a step, for advice to a person. It ends in a line break.
func Snippet(value any) string {
	y, err := literal(value)
	if err != nil {
		return "# " + err.Error() + "\n"
	}
	s := ordinary
	s.list = 0
	return strings.Join(s.document(y), "\n") + "\n"
}

// document renders a value as the lines of a document.
func (s style) document(y *yaml.Node) []string {
	if filled(y) {
		return s.block(y, 0)
	}
	return []string{s.inline(y, false)}
}

// block renders a filled mapping or list as lines, indented.
func (s style) block(y *yaml.Node, indent int) []string {
	var lines []string
	pad := strings.Repeat(" ", indent)
	if y.Kind == yaml.SequenceNode {
		for _, item := range y.Content {
			lines = append(lines, s.item(item, indent)...)
		}
		return lines
	}
	for i := 0; i+1 < len(y.Content); i += 2 {
		first, rest := s.after(y.Content[i+1], indent)
		lines = append(lines, pad+s.key(y.Content[i])+":"+first)
		lines = append(lines, rest...)
	}
	return lines
}

// item renders one item of a list with its dash.
func (s style) item(y *yaml.Node, indent int) []string {
	pad := strings.Repeat(" ", indent)
	first, rest := s.inside(y, indent+1+s.gap)
	return append([]string{pad + "-" + strings.Repeat(" ", s.gap) + first}, rest...)
}

// inside renders a value whose first line goes on a line that is begun, at this column.
func (s style) inside(y *yaml.Node, column int) (first string, rest []string) {
	switch {
	case filled(y):
		lines := s.block(y, column)
		return lines[0][column:], lines[1:]
	case s.literal(y):
		return literalHeader(y.Value), literalLines(y.Value, column)
	}
	return s.inline(y, false), nil
}

// after renders a value behind the colon of a key at this column: what stands on its line, and the lines below.
func (s style) after(y *yaml.Node, column int) (first string, rest []string) {
	switch {
	case filled(y) && y.Kind == yaml.SequenceNode:
		return "", s.block(y, column+s.list)
	case filled(y):
		return "", s.block(y, column+s.step)
	case s.literal(y):
		return " " + literalHeader(y.Value), literalLines(y.Value, column+s.step)
	}
	return " " + s.inline(y, false), nil
}

func (s style) literal(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Tag == tagText && literalForm(y.Value)
}

// needsBreak says that a value in block style ends in a text whose last line break must be written.
func (s style) needsBreak(y *yaml.Node) bool {
	for filled(y) {
		y = y.Content[len(y.Content)-1]
	}
	return s.literal(y) && strings.HasSuffix(y.Value, "\n")
}

func literalHeader(text string) string {
	if strings.HasSuffix(text, "\n") {
		return "|"
	}
	return "|-"
}

func literalLines(text string, indent int) []string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = strings.Repeat(" ", indent) + line
		}
	}
	return lines
}

// inline renders a value on one line, collections in brackets.
func (s style) inline(y *yaml.Node, flow bool) string {
	switch y.Kind {
	case yaml.SequenceNode:
		var items []string
		for _, c := range y.Content {
			items = append(items, s.inline(c, true))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case yaml.MappingNode:
		var entries []string
		for i := 0; i+1 < len(y.Content); i += 2 {
			entries = append(entries, s.inline(y.Content[i], true)+": "+s.inline(y.Content[i+1], true))
		}
		return "{" + strings.Join(entries, ", ") + "}"
	}
	if y.Tag != tagText || !s.json && plain(y.Value, flow) {
		return y.Value
	}
	if s.json {
		return double(y.Value)
	}
	return quoted(y.Value, s.quotes)
}

func (s style) key(y *yaml.Node) string { return s.inline(y, false) }

// like renders a scalar in the style of the one it replaces.
func (s style) like(old, y *yaml.Node, flow bool) string {
	const quotes = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle
	if y.Kind == yaml.ScalarNode && y.Tag == tagText && old.Kind == yaml.ScalarNode && old.Style&quotes != 0 {
		return quoted(y.Value, old.Style)
	}
	return s.inline(y, flow)
}
