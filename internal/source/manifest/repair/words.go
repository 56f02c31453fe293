package repair

import (
	"regexp"
	"strings"
)

var (
	fenced   = regexp.MustCompile("^\\s*(```|~~~)\\s*[\\w.+-]*\\s*$")
	commands = regexp.MustCompile(`^\s*(\$ |> ?$|[\w.-]+@[\w.-]+[:~ ].*[$#]|PS [A-Z]:|(sudo )?(kubectl|docker|docker-compose|helm|oc|minikube|cat|echo|vim?|nano|apt|curl|cd|mkdir|tee|touch)( |$)|EOF$|EOT$|END$|>>? )`)
	stuck    = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.-]*):([^\s:/|>].*|/[^/].*|[|>][+-]?)$`)
	noColon  = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]*)([ \t]+|$)`)
)

// maxStrays bounds how many lines around a text are taken for something that was copied along.
const maxStrays = 3

// single is a text that stands alone where a key must be.
func (d *document) single(s *scanner, f fault) bool {
	l := &d.lines[f.line]
	n := skip(l.read, 0)
	for strings.HasPrefix(l.read[n:], "- ") {
		n = skip(l.read, n+2)
	}
	t := strings.TrimRight(l.read[n:], " \t")
	switch {
	case fenced.MatchString(t):
		l.remove(fence)
		return true
	case commands.MatchString(t):
		l.remove(shell)
		return true
	case stuck.MatchString(t):
		return d.freeColon(s, fault{line: f.line, at: n})
	}
	if m := noColon.FindStringSubmatch(t); m != nil && known[m[1]] && !strings.HasPrefix(t, m[1]+":") && (m[2] == "" || !strings.Contains(strings.TrimSpace(t[len(m[0]):]), " ")) {
		l.set(l.read[:n]+m[1]+":"+l.read[n+len(m[1]):], colon)
		return true
	}
	strays := 0
	for i := range d.lines {
		if d.lines[i].causes.has(stray) {
			strays++
		}
	}
	if f.col == 0 && strays < maxStrays && (d.edge(s, f.line, -1) || d.edge(s, f.line, 1)) {
		l.remove(stray)
		return true
	}
	return false
}

// edge tells whether nothing but empty lines and comments lies on one side of a line.
func (d *document) edge(s *scanner, i, by int) bool {
	for i += by; i >= 0 && i < len(s.out); i += by {
		if s.out[i].form != empty && s.out[i].form != commentLine && !s.isMarker(i) {
			return false
		}
	}
	return true
}

// freeColon puts a space between a colon and the value.
func (d *document) freeColon(_ *scanner, f fault) bool {
	l := &d.lines[f.line]
	c := strings.IndexByte(l.read[f.at:], ':') + f.at + 1
	l.set(l.read[:c]+" "+l.read[c:], spaceAfterColon)
	return true
}

// freeDash puts a space behind the dash of an item, and moves the other keys of the item with its first.
func (d *document) freeDash(s *scanner, f fault) bool {
	l := &d.lines[f.line]
	l.set(l.read[:f.at+1]+" "+l.read[f.at+1:], spaceAfterDash)
	to, least := f.line+1, f.col+2
	beside := d.parentCol(s, f.line) >= f.col // keys in this column are of the mapping around
	for ; to < len(s.out); to++ {
		o := s.out[to]
		if o.form == structure && (o.col < f.col || o.col == f.col && (beside || d.dashed(to))) {
			break
		}
		if o.form == structure {
			least = min(least, o.col)
		}
	}
	for i := f.line + 1; i < to && least < f.col+2; i++ {
		d.lines[i].shift(f.col+2-least, spaceAfterDash)
	}
	return true
}

func (d *document) dashed(i int) bool { return strings.HasPrefix(body(d.lines[i].read), "-") }

// parentCol is the column of the nearest line before that stands further left, or of a key above in the same column.
func (d *document) parentCol(s *scanner, i int) int {
	for j := i - 1; j >= 0; j-- {
		o := s.out[j]
		if o.form == structure && !d.dashed(j) && o.col <= s.out[i].col {
			return o.col
		}
	}
	return -1
}

// dropComma removes a comma that nothing follows.
func (d *document) dropComma(_ *scanner, f fault) bool {
	l := &d.lines[f.line]
	l.set(l.read[:f.at]+l.read[f.at+1:], comma)
	return true
}

// addComma puts a comma between two entries on lines of their own.
func (d *document) addComma(_ *scanner, f fault) bool {
	l := &d.lines[f.line]
	if f.col == f.line { // as well a colon may be missing
		return false
	}
	l.set(l.read[:f.at]+","+l.read[f.at:], missingComma)
	return true
}

// separate makes dashes the line that divides documents.
func (d *document) separate(s *scanner, f fault) bool {
	d.parted = d.parted || !d.edge(s, f.line, -1)
	d.lines[f.line].set("---", separator)
	return true
}
