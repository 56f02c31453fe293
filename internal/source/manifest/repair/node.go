package repair

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	blockHeader = regexp.MustCompile(`^[|>][+\-0-9]{0,2}([ \t\x{a0}]+#.*|[ \t\x{a0}]*)$`)
	stuckKey    = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.-]*):([^\s:/|>].*|/[^/].*)$`)
	propsAt     = regexp.MustCompile(`^([&!][^\s,\[\]{}]*)([ \t\x{a0}]|$)`)
	aliasAt     = regexp.MustCompile(`^\*[\w-]+[ \t]*(#.*)?$`)
)

// node takes what begins at n, in column col: items, then a key or a text.
func (s *scanner) node(i, n, col int) {
	t, first := s.lines[i].read, true
	for {
		d := dashAt(t, n)
		if d == 0 || !spaceAt(t, n+d) {
			break
		}
		if first && !s.place(i, col, list, "") {
			break
		}
		if !first {
			s.push(i, col, list, "")
		}
		first, s.last = false, nothing
		s.add(i, dash, n, n+d)
		p := skip(t, n+d)
		s.add(i, blank, n+d, p)
		for q := n + d; q < p; {
			l, w := blankAt(t, q)
			q, col = q+l, col+w
		}
		col++
		if n = p; n == len(t) {
			return
		}
		if t[n] == '#' {
			s.add(i, comment, n, len(t))
			return
		}
	}
	for {
		m := propsAt.FindStringSubmatch(t[n:])
		if m == nil {
			break
		}
		n += len(m[1])
		s.add(i, props, n-len(m[1]), n)
		p := skip(t, n)
		s.add(i, blank, n, p)
		n = p
	}
	if end, at := s.keyAt(i, n); at > 0 {
		name := t[n:end]
		if first {
			s.place(i, col, mapping, strings.Trim(name, `"'`))
		} else {
			s.push(i, col, mapping, strings.Trim(name, `"'`))
		}
		s.out[i].key = strings.Trim(name, `"'`)
		if len(name) > 1 && name[0] == '-' && letter(name[1]) {
			s.fault(fault{sort: stuckDash, line: i, at: n, col: col, plausible: true})
		}
		s.name(i, n, end)
		p := skip(t, at)
		s.add(i, blank, end, at-1)
		s.add(i, sign, at-1, at)
		s.add(i, blank, at, p)
		s.last = nothing
		s.value(i, p, true)
		return
	}
	own := true
	if first {
		own = s.place(i, col, text, "")
	}
	s.out[i].key = s.keyNow()
	if own && s.waitsForKey(first) {
		in := s.keyNow()
		if m := stuckKey.FindStringSubmatch(t[n:trimmed(t, n)]); m != nil && known[m[1]] && !free[in] && (first || firsts[m[1]]) {
			s.fault(fault{sort: stuckColon, line: i, at: n, col: col, plausible: true})
		}
	}
	if !own {
		s.out[i].form = within
		s.text(i, n)
		return
	}
	s.value(i, n, false)
}

// firsts are keys that items begin with; other words with a colon are items themselves.
var firsts = set("apiVersion", "kind", "name", "image", "containerPort", "port", "mountPath", "metadata")

// waitsForKey tells whether a text that was placed just now stands alone where a mapping may be: first on its line below
// a key, or an item.
func (s *scanner) waitsForKey(first bool) bool {
	return !first || len(s.levels) == 0 || s.levels[len(s.levels)-1].sort == text
}

// name adds the tokens of a key.
func (s *scanner) name(i, from, to int) {
	t := s.lines[i].read
	switch r, _ := utf8.DecodeRuneInString(t[from:to]); {
	case r == '"' || r == '\'':
		s.add(i, quoted, from, to)
	case closers[r] != "" && closedBy(t[from:to]) == to-from:
		s.add(i, curly, from, to)
	default:
		s.pieces(i, key, from, to)
	}
}

// keyAt finds a key at n: its end, and the place behind its colon; 0 if there is none.
func (s *scanner) keyAt(i, n int) (end, behind int) {
	t := s.lines[i].read
	if n >= len(t) {
		return 0, 0
	}
	p := n
	switch r, _ := utf8.DecodeRuneInString(t[n:]); {
	case r == '"' || r == '\'':
		if p = closeQuote(t, n); p < 0 {
			return 0, 0
		}
	case closers[r] != "":
		if c := closedBy(t[n:]); c > 0 {
			p = n + c
		}
	case (r == '[' || r == '{') && !tagAt(t, n), blockHeader.MatchString(t[n:]):
		return 0, 0
	}
	if p > n { // only blanks may stand before the colon
		end = p
		if p = skip(t, p); p < len(t) && t[p] == ':' && spaceAt(t, p+1) {
			return end, p + 1
		}
		return 0, 0
	}
	for p < len(t) {
		if tagAt(t, p) {
			p = tagSpan(t, p)
			continue
		}
		switch {
		case t[p] == ':' && spaceAt(t, p+1):
			if p == n {
				return 0, 0
			}
			return trimmed(t[:p], n), p + 1
		case t[p] == '#' && p > n && spaceAt(t, p-1):
			return 0, 0
		}
		p++
	}
	return 0, 0
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// closeQuote gives the place behind the quote that closes the one at n; -1 if it is not in the line.
func closeQuote(t string, n int) int {
	for p := n + 1; p < len(t); p++ {
		switch {
		case t[p] == '{' && tagAt(t, p) && evenIn(t[p:tagSpan(t, p)], t[n]):
			p = tagSpan(t, p) - 1
		case t[n] == '"' && t[p] == '\\':
			p++
		case t[p] != t[n]:
		case t[n] == '\'' && p+1 < len(t) && t[p+1] == '\'':
			p++
		default:
			return p + 1
		}
	}
	return -1
}

// evenIn tells whether a tag holds texts in the quotes that are open around it, as templates may.
func evenIn(tag string, quote byte) bool {
	n := strings.Count(tag, string(quote))
	return n > 0 && n%2 == 0 && !strings.Contains(tag, `\`)
}

// closedBy gives the place behind the quote that closes the typographic one at the begin of a text, if what follows is
// the end of a value or key; 0 if there is none.
func closedBy(t string) int {
	r, n := utf8.DecodeRuneInString(t)
	opened := 1
	for p := n; p < min(len(t), maxTag); {
		c, l := utf8.DecodeRuneInString(t[p:])
		p += l
		if c == r {
			if opened++; opened > 4 {
				return 0
			}
		}
		if !strings.ContainsRune(closers[r], c) {
			continue
		}
		q := skip(t, p)
		if q == len(t) || strings.IndexByte(",]}", t[q]) >= 0 || t[q] == ':' && spaceAt(t, q+1) || t[q] == '#' && q > p {
			return p
		}
	}
	return 0
}
