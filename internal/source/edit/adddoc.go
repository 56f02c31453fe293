package edit

import (
	"errors"
	"strings"
)

// addDocument writes a value as a new document at the end of a file.
func addDocument(text []byte, value any) ([]byte, error) {
	y, err := literal(value)
	if err != nil {
		return text, err
	}
	before := Documents(text)
	lines := splitLines(text)
	s := ordinary
	if len(before) > 0 {
		d := before[len(before)-1]
		if l, err := read(join(lines[d.First-1 : d.Last])); err == nil {
			s = l.styleAt(l.root)
			s.json = false
		}
	}
	nl := newline(text)
	added := withBreaks(strings.Join(s.document(y), "\n"), nl)
	out := append([]byte{}, text...)
	if len(out) > 0 && !endsInBreak(out) {
		out = append(out, nl...)
	}
	count := len(before) + 1
	switch {
	case len(before) > 0 && waiting(lines[before[len(before)-1].First-1:]):
		count--
	case len(before) > 0:
		out = append(out, "---"+nl...)
	}
	out = append(out, added...)
	if len(text) == 0 || endsInBreak(text) || s.needsBreak(y) && filled(y) {
		out = append(out, nl...)
	}
	after := Documents(out)
	if len(after) != count {
		return text, ErrUnproved
	}
	d := after[len(after)-1]
	doc, err := parse(join(splitLines(out)[d.First-1 : d.Last]))
	if err != nil || !same(doc.Content[0], y) {
		return text, ErrUnproved
	}
	return out, nil
}

// waiting says that the last document is nothing but its "---", which the new one can use.
func waiting(lines [][]byte) bool {
	for i, line := range lines {
		rest := trim(line)
		if i == 0 && string(rest) != "---" || i > 0 && len(rest) > 0 {
			return false
		}
	}
	return true
}

func join(lines [][]byte) []byte {
	var out []byte
	for _, line := range lines {
		out = append(out, line...)
	}
	return out
}

// errIsOurs says that an error tells a reason that stands in the document as it was, not in what a splice made of it.
func errIsOurs(err error) bool {
	return errors.Is(err, ErrShared) || errors.Is(err, ErrPath) || errors.Is(err, errLost)
}
