package edit

import "bytes"

// Span is where one document of a file stands: its lines from 1, both included. It holds the document's own "---" line
// (and directives before it) if there is one, and its "..." line, so that these lines alone parse as one document.
type Span struct{ First, Last int }

// Documents finds the documents of a file in the order of the text, as YAML counts them: a "---" line begins one even if
// nothing follows; comments alone before it, or after "...", make none. It needs no valid YAML: a "---" at the start of
// a line always separates.
func Documents(text []byte) []Span {
	var spans []Span
	open, prefix := false, 0 // prefix: the line of the first directive that waits for its "---"
	begin := func(line int) {
		if open {
			spans[len(spans)-1].Last = line - 1
		}
		spans = append(spans, Span{First: line})
		open, prefix = true, 0
	}
	lines := splitLines(text)
	bare := 0 // the line from which on a document without "---" would count: its comments belong to it
	for i, line := range lines {
		n := i + 1
		if i == 0 {
			line = bytes.TrimPrefix(line, bom)
		}
		switch {
		case marker(line, "---"):
			if open || prefix == 0 {
				begin(n)
			} else {
				begin(prefix)
			}
			bare = 0
		case marker(line, "..."):
			if open {
				spans[len(spans)-1].Last = n
			}
			open, bare, prefix = false, 0, 0
		case open:
		case blankOrComment(line):
			if bare == 0 {
				bare = n
			}
		case line[0] == '%':
			if prefix == 0 {
				prefix = n
			}
		default:
			first := n
			if prefix > 0 {
				first = prefix
			}
			if bare > 0 {
				first = min(first, bare)
			}
			begin(first)
		}
	}
	if open {
		spans[len(spans)-1].Last = len(lines)
	}
	return spans
}

func marker(line []byte, mark string) bool {
	if !bytes.HasPrefix(line, []byte(mark)) {
		return false
	}
	rest := line[len(mark):]
	return len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || breakAt(rest, 0) > 0
}

func blankOrComment(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) == 0 || line[0] == '#' || breakAt(line, 0) > 0
}
