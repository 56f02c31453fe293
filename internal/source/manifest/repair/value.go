package repair

import (
	"strings"
	"unicode/utf8"
)

// value takes what stands behind a key (keyed) or dash, or for itself.
func (s *scanner) value(i, n int, keyed bool) {
	t := s.lines[i].read
	for {
		m := propsAt.FindStringSubmatch(t[n:])
		if m == nil {
			break
		}
		p := skip(t, n+len(m[1]))
		s.add(i, props, n, n+len(m[1]))
		s.add(i, blank, n+len(m[1]), p)
		n = p
	}
	if n == len(t) {
		return
	}
	s.last = whole
	r, _ := utf8.DecodeRuneInString(t[n:])
	switch {
	case r == '#' && n > 0 && spaceAt(t, n-1):
		s.last = nothing
		s.add(i, comment, n, len(t))
	case blockHeader.MatchString(t[n:]):
		end := n + 1
		s.block = &block{parent: s.indentNow(), indent: -1}
		for ; end < len(t) && strings.IndexByte("+-0123456789", t[end]) >= 0; end++ {
			if d := t[end]; d > '0' && d <= '9' {
				s.block.indent = max(s.block.parent, 0) + int(d-'0')
			}
		}
		s.add(i, header, n, end)
		s.after(i, end)
	case r == '"' || r == '\'':
		s.quote, s.open = t[n], opened{i, n, s.indentNow()}
		if p := s.closing(i, n); s.quote == 0 {
			s.after(i, p)
		}
	case (r == '[' || r == '{') && !tagAt(t, n):
		s.open = opened{i, n, s.indentNow()}
		if len(s.levels) == 1 && s.levels[0].sort == text && !keyed {
			s.json = true
			s.open.indent = -1
		}
		s.goOn(i, n)
	case closers[r] != "" && closedBy(t[n:]) > 0:
		p := n + closedBy(t[n:])
		s.add(i, curly, n, p)
		s.after(i, p)
	case r == '*' && aliasAt.MatchString(t[n:]):
		p := n + 1
		for p < len(t) && !spaceAt(t, p) {
			p++
		}
		s.add(i, props, n, p)
		s.after(i, p)
	default:
		s.last = goesOn
		s.text(i, n)
		if tagAt(t, n) {
			s.out[i].start = true
		}
		if strings.IndexByte("@`%*|>,]}", t[n]) >= 0 && !strings.HasPrefix(t[n:], "%>") {
			s.fault(fault{sort: reservedStart, line: i, at: n, char: t[n]})
		} else if d := dashAt(t, n); keyed && d == 1 && spaceAt(t, n+1) {
			s.fault(fault{sort: reservedStart, line: i, at: n, char: '-'})
		} else if keyed {
			s.secondColon(i, n)
		}
	}
}

// secondColon notes a value that begins another.
func (s *scanner) secondColon(i, n int) {
	for _, k := range s.out[i].tokens {
		if k.kind != plain || k.from < n {
			continue
		}
		t := s.lines[i].read[k.from:k.to]
		if c := strings.Index(t, ": "); c >= 0 || strings.HasSuffix(t, ":") {
			s.fault(fault{sort: twoColons, line: i, at: n})
			return
		}
	}
}

// text takes a plain text up to the end of the line or a comment.
func (s *scanner) text(i, n int) {
	t := s.lines[i].read
	end := len(t)
	for p := n; p < len(t); p++ {
		if tagAt(t, p) {
			p = tagSpan(t, p) - 1
			continue
		}
		if t[p] == '#' && p > n && spaceBefore(t, p) {
			end = p
			break
		}
	}
	stop := max(trimmed(t[:end], n), n)
	if stop == n && end > n { // nothing but characters that cannot be seen
		stop = end
	}
	s.pieces(i, plain, n, stop)
	s.add(i, blank, stop, end)
	s.add(i, comment, end, len(t))
}

func spaceBefore(t string, p int) bool {
	r, _ := utf8.DecodeLastRuneInString(t[:p])
	return r == ' ' || r == '\t' || wide(r)
}

// pieces adds a plain text, and the tags of template engines in it as tokens of their own.
func (s *scanner) pieces(i int, k kind, from, to int) {
	t := s.lines[i].read
	start := from
	for p := from; p < to; {
		if !tagAt(t, p) {
			p++
			continue
		}
		end := tagSpan(t, p)
		s.add(i, k, start, p)
		end = min(end, to)
		s.add(i, tag, p, end)
		p, start = end, end
	}
	s.add(i, k, start, to)
}

// closing adds what is in quotes, from the opening one or from the begin of a line, and gives the place behind.
func (s *scanner) closing(i, from int) int {
	t := s.lines[i].read
	var p int
	if from == s.open.at && i == s.open.line {
		p = closeQuote(t, from)
	} else {
		p = closeQuote(string(s.quote)+t[from:], 0)
		if p >= 0 {
			p += from - 1
		}
	}
	if p < 0 {
		s.add(i, quoted, from, len(t))
		return len(t)
	}
	s.add(i, quoted, from, p)
	s.quote = 0
	return p
}

// after takes what may stand behind a value: blanks and a comment.
func (s *scanner) after(i, p int) {
	t := s.lines[i].read
	q := skip(t, p)
	s.add(i, blank, p, q)
	switch {
	case q == len(t):
	case t[q] == '#' && q > p:
		s.add(i, comment, q, len(t))
	default:
		s.fault(fault{sort: trailing, line: i, at: q, openedFlow: len(s.flow)})
		s.text(i, q)
	}
}

// goOn takes flow mappings and lists, from their first bracket or from anywhere inside.
func (s *scanner) goOn(i, p int) {
	t := s.lines[i].read
	for p < len(t) {
		if q := skip(t, p); q > p {
			s.add(i, blank, p, q)
			p = q
			continue
		}
		r, _ := utf8.DecodeRuneInString(t[p:])
		switch {
		case tagAt(t, p):
			p = s.flowText(i, p)
		case s.json && r == '/' && p+1 < len(t) && (t[p+1] == '/' || t[p+1] == '*'):
			s.fault(fault{sort: slashes, line: i, at: p})
			s.add(i, comment, p, len(t))
			return
		case strings.ContainsRune("\"'[{", r) && s.entry.set:
			s.fault(fault{sort: noComma, line: s.entry.line, at: s.entry.at, col: i})
			s.entry.set = false
		case r == '[' || r == '{':
			s.flow = append(s.flow, t[p])
			s.add(i, sign, p, p+1)
			p++
		case r == ']' || r == '}':
			if len(s.flow) > 0 {
				s.flow = s.flow[:len(s.flow)-1]
			}
			s.add(i, sign, p, p+1)
			p++
			if s.entry = (place{i, p, true}); len(s.flow) == 0 {
				s.last, s.entry = whole, place{}
				s.after(i, p)
				return
			}
		case r == ',':
			s.add(i, sign, p, p+1)
			p++
			s.entry.set = false
			s.commaAt(i, p)
		case r == ':' && (spaceAt(t, p+1) || p > 0 && strings.IndexByte(`"'`, t[p-1]) >= 0):
			s.add(i, sign, p, p+1)
			p++
			s.entry.set = false
		case r == '#' && (p == 0 || spaceBefore(t, p)):
			s.add(i, comment, p, len(t))
			return
		case r == '"' || r == '\'':
			start := s.open
			s.quote, s.open = t[p], opened{i, p, start.indent}
			if p = s.closing(i, p); s.quote != 0 {
				return
			}
			s.open, s.entry = start, place{i, p, true}
		case closers[r] != "" && closedBy(t[p:]) > 0:
			q := p + closedBy(t[p:])
			s.add(i, curly, p, q)
			p = q
		default:
			p = s.flowText(i, p)
		}
	}
}

// commaAt notes a comma that nothing follows in a document that is JSON.
func (s *scanner) commaAt(i, p int) {
	if !s.json {
		return
	}
	at := p - 1
	for j := i; j < len(s.lines) && j < i+3; j, p = j+1, 0 {
		t := s.lines[j].read
		if p = skip(t, p); p < len(t) {
			if t[p] == ']' || t[p] == '}' {
				s.fault(fault{sort: lastComma, line: i, at: at, plausible: true})
			}
			return
		}
	}
}

// flowText takes a plain text inside brackets.
func (s *scanner) flowText(i, from int) int {
	t := s.lines[i].read
	p := from
	if tagAt(t, p) {
		s.out[i].start = true
	}
	for p < len(t) {
		if tagAt(t, p) {
			p = tagSpan(t, p)
			continue
		}
		if strings.IndexByte(",[]{}", t[p]) >= 0 || t[p] == ':' && (spaceAt(t, p+1) || strings.IndexByte(",[]{}", t[p+1]) >= 0) || t[p] == '#' && p > from && spaceBefore(t, p) {
			break
		}
		p++
	}
	if p == from {
		p++
	}
	stop := max(trimmed(t[:p], from), from+1)
	s.entry = place{i, stop, true}
	k := plain
	if p < len(t) && t[p] == ':' {
		k = key
		s.out[i].key = t[from:stop]
	}
	s.pieces(i, k, from, stop)
	s.add(i, blank, stop, p)
	return p
}
