package repair

import "strings"

// line is one line of the document. Lines are counted as the YAML parser counts them.
type line struct {
	was    string // as written, without its break
	now    string // as it should be in the file
	read   string // as it is read on: now, with stand-ins for placeholders
	end    string // its break
	drop   bool   // it does not belong in the file
	causes causes
}

func split(text string) []line {
	var lines []line
	for start := 0; start < len(text); {
		at, n := start, 0
		for ; at < len(text) && n == 0; at++ {
			n = breakAt(text, at)
		}
		if n > 0 {
			at--
		}
		s := text[start:at]
		lines = append(lines, line{was: s, now: s, read: s, end: text[at : at+n]})
		start = at + n
	}
	return lines
}

func breakAt(s string, i int) int {
	switch s[i] {
	case '\n':
		return 1
	case '\r':
		if strings.HasPrefix(s[i:], "\r\n") {
			return 2
		}
		return 1
	case 0xC2:
		if strings.HasPrefix(s[i:], "\u0085") {
			return 2
		}
	case 0xE2:
		if strings.HasPrefix(s[i:], "\u2028") || strings.HasPrefix(s[i:], "\u2029") {
			return 3
		}
	}
	return 0
}

func join(lines []line) []byte {
	n := 0
	for i := range lines {
		n += len(lines[i].read) + len(lines[i].end)
	}
	b := make([]byte, 0, n)
	for i := range lines {
		b = append(append(b, lines[i].read...), lines[i].end...)
	}
	return b
}

// set changes a line as it is read. What it changes beside the indentation reaches the file only where no stand-ins are.
func (l *line) set(text string, c cause) {
	switch {
	case l.now == l.read:
		l.now = text
	case body(text) == body(l.read):
		l.now = text[:len(text)-len(body(text))] + body(l.now)
	}
	l.read = text
	l.causes = l.causes.with(c)
}

// remove takes a line out of the file; in what is read it stays, as an empty one.
func (l *line) remove(c cause) {
	l.now, l.read, l.drop = "", "", true
	l.causes = l.causes.with(c)
}

func body(s string) string { return s[skip(s, 0):] }

// shift moves a line to the right by so many columns, or to the left, as far as it is indented.
func (l *line) shift(by int, c cause) {
	if body(l.read) == "" || by == 0 {
		return
	}
	text := l.read
	for ; by < 0 && strings.HasPrefix(text, " "); by++ {
		text = text[1:]
	}
	l.set(strings.Repeat(" ", max(by, 0))+text, c)
}
