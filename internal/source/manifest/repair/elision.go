package repair

import (
	"regexp"
	"strings"
)

var (
	elided  = regexp.MustCompile(`^(- )?([\[(<]?(…|\.{3,})[\])>]?)$`)
	tailing = regexp.MustCompile(`^(- )?([\w./"-]+: )?([\[(<]?(…|\.{3,})[\])>]?)$`)
)

// elisions finds what an author left out. A line of it is read as a comment; a value stays as it is.
func (d *document) elisions() {
	s := scan(d.lines, 2)
	alone := map[int]bool{}
	for _, f := range s.faults {
		alone[f.line] = alone[f.line] || f.sort == lone
	}
	for i := range d.lines {
		l, o := &d.lines[i], s.out[i]
		t := strings.TrimRight(body(l.read), " \t")
		if o.form != structure && o.form != within || s.isMarker(i) || !tailing.MatchString(t) {
			continue
		}
		c := leftOut
		if strings.Contains(t, "…") {
			c = elision
		}
		if elided.MatchString(t) && (o.form == structure || alone[i]) {
			n := skip(l.read, 0)
			l.read = l.read[:n] + "# " + l.read[n:]
		}
		l.causes = l.causes.with(c)
	}
}
