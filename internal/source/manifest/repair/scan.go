package repair

import (
	"regexp"
	"strings"
)

// scanner cuts a document into tokens. It forgives everything, and notes where YAML would not.
type scanner struct {
	lines  []line
	out    []scanned
	faults []fault
	tab    int // width of a tab in indentation

	levels []level
	last   ending
	block  *block
	quote  byte // that is open over several lines
	open   opened
	flow   []byte // brackets that are open
	entry  place  // where the last entry in brackets ended, if no sign followed
	json   bool   // the document is one flow mapping or list
	tagEnd string // of a tag that goes over several lines
	any    bool   // something stood before
}

// ending is what the last node of structure ended with.
type ending uint8

const (
	nothing ending = iota // a key or dash that waits for its value
	goesOn                // a plain text, which may go on
	whole                 // a value that is complete
)

// place is behind something in a line.
type place struct {
	line, at int
	set      bool
}

// opened is where a quote or a bracket that goes over several lines began.
type opened struct{ line, at, indent int }

type block struct {
	parent int // indentation around
	indent int // of the content; -1 until its first line
}

func scan(lines []line, tab int) *scanner {
	s := &scanner{lines: lines, out: make([]scanned, len(lines)), tab: tab}
	for i := range lines {
		s.line(i)
	}
	switch end := len(lines) - 1; {
	case s.quote != 0:
		s.fault(fault{sort: unclosedQuote, line: s.open.line, at: s.open.at, char: s.quote, openedFlow: len(s.flow)})
	case len(s.flow) > 0:
		s.fault(fault{sort: unclosedFlow, line: s.open.line, at: end, char: s.flow[0], openedFlow: len(s.flow)})
	}
	return s
}

func (s *scanner) fault(f fault) { s.faults = append(s.faults, f) }

func (s *scanner) add(i int, k kind, from, to int) {
	if to > from {
		s.out[i].tokens = append(s.out[i].tokens, token{k, from, to})
	}
}

var (
	keyLike  = regexp.MustCompile(`^(-[ \x{a0}]+)*[A-Za-z][\w./-]*:([ \t\x{a0}]|$)`)
	ruler    = regexp.MustCompile(`^(-{2}|-{4,}|[–—‐‑‒―−]{2,}|[—―]|[-–—‐‑‒―−]{2,})$`)
	markLine = regexp.MustCompile(`^(---|\.\.\.)([ \t\x{a0}]|$)`)
)

func (s *scanner) line(i int) {
	t := s.lines[i].read
	n, col, tabbed := s.indentation(t)
	s.out[i].col = col
	if s.tagEnd != "" {
		s.tagLine(i, 0)
		return
	}
	cut := s.quote != 0 || len(s.flow) > 0
	if cut && !s.json && (n == 0 && markLine.MatchString(t) || col <= s.open.indent && keyLike.MatchString(t[n:])) {
		s.giveUp(i)
		cut = false
	}
	if cut {
		s.out[i].form, s.out[i].key = within, s.keyNow()
		p := 0
		if s.quote != 0 {
			if p = s.closing(i, 0); s.quote != 0 {
				return
			}
		}
		if len(s.flow) == 0 {
			s.last = whole
			s.after(i, p)
			return
		}
		s.goOn(i, p)
		return
	}
	if s.block != nil && s.inBlock(i, n, col) {
		return
	}
	switch {
	case n == len(t):
		s.out[i].form = empty
		s.add(i, indent, 0, n)
		return
	case t[n] == '#':
		s.out[i].form = commentLine
		s.add(i, indent, 0, n)
		s.add(i, comment, n, len(t))
		return
	case onlyTags(t[n:]):
		s.tagLine(i, n)
		return
	}
	if tabbed {
		s.fault(fault{sort: tabIndent, line: i})
	}
	s.block = nil
	s.add(i, indent, 0, n)
	if n == 0 && (markLine.MatchString(t) || ruler.MatchString(t[:trimmed(t, 0)])) {
		s.mark(i)
		return
	}
	if n == 0 && !s.any && (strings.HasPrefix(t, "%YAML ") || strings.HasPrefix(t, "%TAG ")) {
		s.add(i, plain, 0, len(t))
		return
	}
	s.any = true
	s.node(i, n, col)
	if s.out[i].has(tag) {
		for _, l := range s.levels {
			if l.sort == mapping {
				s.out[i].path = append(s.out[i].path, l.key)
			}
		}
	}
}

func (o *scanned) has(k kind) bool {
	for _, t := range o.tokens {
		if t.kind == k {
			return true
		}
	}
	return false
}

// indentation gives the place of the first character that is no blank, its column, and whether a tab stands before it.
func (s *scanner) indentation(t string) (n, col int, tabbed bool) {
	for n < len(t) {
		l, w := blankAt(t, n)
		if l == 0 {
			break
		}
		if t[n] == '\t' {
			w, tabbed = s.tab, true
		}
		n, col = n+l, col+w
	}
	return n, col, tabbed
}

// giveUp takes a quote or bracket for closed, because what follows is plainly something else.
func (s *scanner) giveUp(i int) {
	f := fault{sort: unclosedFlow, line: s.open.line, at: i - 1, openedFlow: len(s.flow)}
	if s.quote != 0 {
		f.sort, f.at, f.char = unclosedQuote, s.open.at, s.quote
	}
	s.fault(f)
	s.quote, s.flow, s.last, s.entry = 0, nil, whole, place{}
}

// mark is a line that ends or begins a document.
func (s *scanner) mark(i int) {
	t := s.lines[i].read
	end := trimmed(t, 0)
	if ruler.MatchString(t[:end]) && t[:end] != "---" {
		s.fault(fault{sort: rule, line: i})
	} else {
		end = 3
	}
	s.levels, s.last, s.any = nil, nothing, s.any && t[0] != '.'
	s.add(i, marker, 0, end)
	p := skip(t, end)
	s.add(i, blank, end, p)
	switch {
	case p == len(t):
	case t[p] == '#':
		s.add(i, comment, p, len(t))
	default:
		s.value(i, p, false)
	}
}

// inBlock takes a line as one of the block scalar that is open, if it is.
func (s *scanner) inBlock(i, n, col int) bool {
	t, o := s.lines[i].read, &s.out[i]
	switch {
	case n == len(t):
		o.form = blockLine
		s.add(i, content, 0, n)
		return true
	case col <= s.block.parent:
		if onlyTags(t[n:]) {
			o.inBlock = true
			s.tagLine(i, n)
			return true
		}
		return false
	}
	if s.block.indent < 0 {
		s.block.indent = s.firstIndent(t, n)
	}
	ci := s.block.indent
	p, w := 0, 0
	for p < n && w < ci {
		l, lw := blankAt(t, p)
		if t[p] == '\t' {
			s.fault(fault{sort: tabIndent, line: i})
			lw = s.tab
		}
		p, w = p+l, w+lw
	}
	if w < ci {
		if t[n] == '#' {
			return false
		}
		s.fault(fault{sort: shallowBlock, line: i, col: w, above: ci})
	}
	o.form, o.content = blockLine, ci
	s.add(i, blockIndent, 0, n)
	s.add(i, content, n, len(t))
	return true
}

// firstIndent is how far the first line of a block scalar is indented: tabs behind spaces are content.
func (s *scanner) firstIndent(t string, n int) int {
	w := 0
	for p := 0; p < n; {
		l, lw := blankAt(t, p)
		if t[p] == '\t' {
			if w > s.block.parent {
				break
			}
			lw = s.tab
		}
		p, w = p+l, w+lw
	}
	return w
}

func (s *scanner) keyNow() string {
	for j := len(s.levels) - 1; j >= 0; j-- {
		if l := s.levels[j]; l.sort == mapping {
			return l.key
		}
	}
	return ""
}

func (s *scanner) indentNow() int {
	if len(s.levels) == 0 {
		return -1
	}
	return s.levels[len(s.levels)-1].indent
}
