package repair

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var secondKey = regexp.MustCompile(`\s([A-Za-z]\w*): `)

// quoteValue puts a value into quotes.
func (d *document) quoteValue(s *scanner, f fault) bool {
	l := &d.lines[f.line]
	from, to := -1, -1
	for _, t := range s.out[f.line].tokens {
		if t.from >= f.at && (t.kind == plain || t.kind == tag) {
			if from < 0 {
				from = t.from
			}
			to = t.to
		}
	}
	if from < 0 {
		return false
	}
	t, c := l.read[from:to], colonInValue
	if f.sort == reservedStart {
		c = reserved
		switch {
		case fenced.MatchString(t):
			l.remove(fence)
			return true
		case commands.MatchString(t) && body(l.read) == t:
			l.remove(shell)
			return true
		case strings.IndexByte("-,]}", f.char) >= 0:
			return false
		}
	} else if m := secondKey.FindStringSubmatch(t); m != nil && known[m[1]] || strings.HasSuffix(t, ":") {
		return false // two lines that became one
	}
	if f.line+1 < len(s.out) && s.out[f.line+1].form == within {
		return false
	}
	l.set(l.read[:from]+inQuotes(t)+l.read[to:], c)
	return true
}

func inQuotes(t string) string {
	if strings.ContainsAny(t, `"\`) {
		return "'" + strings.ReplaceAll(t, "'", "''") + "'"
	}
	return `"` + t + `"`
}

// doubleQuote writes an apostrophe inside single quotes as two.
func (d *document) doubleQuote(s *scanner, f fault) bool {
	l := &d.lines[f.line]
	at := f.at
	for _, t := range s.out[f.line].tokens {
		if t.kind == quoted && t.to <= f.at {
			at = t.from
		}
	}
	end := trimmed(l.read, 0)
	if f.openedFlow > 0 || at == f.at || l.read[at] != '\'' || end < at+3 || l.read[end-1] != '\'' || f.at > 0 && strings.HasPrefix(l.read[f.at:], "'") {
		return false
	}
	inner := l.read[at+1 : end-1]
	if strings.Count(inner, "'") != 1 || strings.Contains(inner, " #") {
		return false
	}
	l.set(l.read[:at+1]+strings.ReplaceAll(inner, "'", "''")+l.read[end-1:], innerQuote)
	return true
}

// closeQuote closes a quote at the end of its line, or makes the typographic one there a plain one.
func (d *document) closeQuote(_ *scanner, f fault) bool {
	l := &d.lines[f.line]
	end := trimmed(l.read, 0)
	if end <= f.at+1 {
		return false
	}
	inner := l.read[f.at+1 : end]
	r, n := utf8.DecodeLastRuneInString(inner)
	if rest := inner[:len(inner)-n]; f.char == '"' && strings.ContainsRune("”“„»", r) && !strings.ContainsAny(rest, "“„«") || f.char == '\'' && strings.ContainsRune("’‘", r) {
		d.kinds[theQuotes] = true
		l.set(l.read[:end-n]+string(f.char)+l.read[end:], typographic)
		return true
	}
	if f.openedFlow > 0 || strings.Contains(inner, " #") || f.char == '"' && strings.HasSuffix(inner, `\`) || strings.ContainsAny(inner, ",]}") && strings.ContainsAny(l.read[:f.at], "[{") {
		return false
	}
	l.set(l.read[:end]+string(f.char)+l.read[end:], openQuote)
	return true
}

// closeBracket closes brackets that are opened and left open in one line.
func (d *document) closeBracket(s *scanner, f fault) bool {
	for i := f.line + 1; i < len(s.out) && i <= f.at; i++ {
		if s.out[i].form == within && body(d.lines[i].read) != "" {
			return false
		}
	}
	l := &d.lines[f.line]
	var open []byte
	end := 0
	for _, t := range s.out[f.line].tokens {
		if t.kind == blank || t.kind == comment {
			continue
		}
		end = t.to
		if t.kind != sign {
			continue
		}
		switch c := l.read[t.from]; c {
		case '[':
			open = append(open, ']')
		case '{':
			open = append(open, '}')
		case ']', '}':
			open = open[:max(0, len(open)-1)]
		}
	}
	if len(open) != 1 || l.read[end-1] == ',' || l.read[end-1] == '[' || l.read[end-1] == '{' {
		return false
	}
	l.set(l.read[:end]+string(open)+l.read[end:], openBracket)
	return true
}
