package repair

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kinds of characters that word processors write, and how they are called.
var typographicNames = [...]string{"non-breaking spaces", "typographic quotes", "long dashes", "invisible characters"}

const (
	theSpaces = iota
	theQuotes
	theDashes
	theInvisible
)

// typography mends what web pages and word processors do to a text, and tells which kinds of characters it found.
func (d *document) typography() {
	s := scan(d.lines, 2)
	pasted := s.spaced()
	for i := range d.lines {
		d.plainLine(&d.lines[i], &s.out[i], pasted)
	}
}

// spaced tells whether spaces that are none to YAML stand where structure is, so that others are no content either.
func (s *scanner) spaced() bool {
	for i := range s.out {
		for _, t := range s.out[i].tokens {
			if (t.kind == indent || t.kind == blank || t.kind == blockIndent) && strings.ContainsFunc(s.lines[i].read[t.from:t.to], wide) {
				return true
			}
		}
	}
	return false
}

func (d *document) plainLine(l *line, o *scanned, pasted bool) {
	ascii := true
	for i := 0; i < len(l.read) && ascii; i++ {
		ascii = l.read[i] < utf8.RuneSelf
	}
	if ascii {
		d.begun = d.begun || o.form == structure && len(o.tokens) > 0 && o.tokens[0].kind != marker
		return
	}
	var b strings.Builder
	var found [len(typographicNames)]bool
	inBlock := false
	for n, t := range o.tokens {
		piece := l.read[t.from:t.to]
		switch t.kind {
		case indent, blank, blockIndent:
			inBlock = inBlock || t.kind == blockIndent && strings.ContainsFunc(piece, wide)
			now := narrow(piece, &found)
			if now != piece && n > 0 && n == len(o.tokens)-1 {
				now = "" // behind everything
			}
			b.WriteString(now)
		case content:
			if inBlock {
				piece = spacesOf(piece, &found)
			}
			b.WriteString(piece)
		case dash:
			b.WriteString("-")
			found[theDashes] = found[theDashes] || piece != "-"
		case marker:
			if piece != "---" && piece != "..." && strings.IndexFunc(piece, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
				piece, found[theDashes] = "---", true
				d.parted = d.parted || d.begun
			}
			b.WriteString(piece)
		case key, plain, tag:
			if pasted {
				piece = spacesOf(piece, &found)
			}
			if t.kind != tag {
				piece = spoken(piece, n == 0 || o.tokens[n-1].kind != tag, &found)
			}
			b.WriteString(piece)
		case curly:
			b.WriteString(straight(piece, n+1 < len(o.tokens) && o.tokens[n+1].kind == sign, &found))
		default:
			b.WriteString(piece)
		}
		d.begun = d.begun || t.kind == key || t.kind == plain || t.kind == sign || t.kind == quoted
	}
	if b.String() == l.read {
		return
	}
	l.set(b.String(), typographic)
	for k, ok := range found {
		d.kinds[k] = d.kinds[k] || ok
	}
}

// narrow makes the blanks of a text plain ones, and takes away those of no width.
func narrow(t string, found *[4]bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case wide(r):
			found[theSpaces] = true
			return ' '
		case invisible(r):
			found[theInvisible] = true
			return -1
		}
		return r
	}, t)
}

func spacesOf(t string, found *[4]bool) string {
	return strings.Map(func(r rune) rune {
		if wide(r) {
			found[theSpaces] = true
			return ' '
		}
		return r
	}, t)
}

// spoken mends a plain text: dashes of options, quotes of code, marks that cannot be seen. Prose it leaves alone.
func spoken(t string, atStart bool, found *[4]bool) string {
	t = strings.Map(func(r rune) rune {
		if invisible(r) && r != '\u200c' && r != '\u200d' {
			found[theInvisible] = true
			return -1
		}
		return r
	}, t)
	var b strings.Builder
	last := rune(' ')
	if !atStart {
		last = 'x'
	}
	for p := 0; p < len(t); {
		r, n := utf8.DecodeRuneInString(t[p:])
		next, _ := utf8.DecodeRuneInString(t[p+n:])
		switch {
		case strings.ContainsRune(longDashes, r) && unicode.IsSpace(last) && option(t[p+n:]) != "":
			b.WriteString(option(t[p+n:]))
			found[theDashes] = true
			if next == '-' || strings.ContainsRune(longDashes, next) && next != utf8.RuneError {
				_, m := utf8.DecodeRuneInString(t[p+n:])
				n += m
			}
		case strings.ContainsRune("“”„", r) && (strings.ContainsRune("(=,[", last) || strings.ContainsRune("),]", next)) && strings.ContainsAny(t, "(="):
			b.WriteByte('"')
			found[theQuotes] = true
		default:
			b.WriteString(t[p : p+n])
		}
		last, p = r, p+n
	}
	return b.String()
}

// option gives the dashes that a long one stood for, by what follows it; nothing if it is no option.
func option(rest string) string {
	second, n := utf8.DecodeRuneInString(rest)
	switch {
	case n == 0:
		return ""
	case second == '-' || strings.ContainsRune(longDashes, second):
		if len(rest) > n && letter(rest[n]) {
			return "--"
		}
		return ""
	case second >= '0' && second <= '9':
		return "-"
	case !letter(rest[0]):
		return ""
	case len(rest) == 1 || !letter(rest[1]) && rest[1] != '-':
		return "-"
	}
	return "--"
}

// straight puts a text in typographic quotes into plain ones.
func straight(t string, isKey bool, found *[4]bool) string {
	open, n := utf8.DecodeRuneInString(t)
	_, m := utf8.DecodeLastRuneInString(t)
	inner := t[n : len(t)-m]
	if open == '«' || open == '‹' || open == '»' {
		inner = strings.TrimFunc(inner, func(r rune) bool { return r == ' ' || wide(r) })
		if !isKey && strings.ContainsFunc(inner, unicode.IsSpace) {
			return t // a sentence that somebody says
		}
	}
	found[theQuotes] = true
	if strings.ContainsRune(single, open) || strings.ContainsAny(inner, `"\`) {
		return "'" + strings.ReplaceAll(inner, "'", "''") + "'"
	}
	return `"` + inner + `"`
}
