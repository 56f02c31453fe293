package repair

import (
	"regexp"
	"strings"
)

var (
	nativeKind = regexp.MustCompile(`(?m)^apiVersion:\s*["']?(v1|apps/|batch/|autoscaling/|policy/|[a-z.]+\.k8s\.io/)`)
	// free are keys under which programs find texts with braces that are meant for them.
	free = set("annotations", "data", "stringData", "args", "command", "value", "description", "summary", "message", "expr")
)

// templates puts something plausible in the place of placeholders, if the document is a template: if a value begins with
// a placeholder without quotes, a line is nothing but tags, or a field of Kubernetes' own has one inside.
func (d *document) templates() {
	s := scan(d.lines, 2)
	if !d.isTemplate(s) {
		return
	}
	before := make([]line, len(d.lines))
	copy(before, d.lines)
	for _, branches := range []bool{true, false} {
		copy(d.lines, before)
		f := filler{d: d, s: s, branches: branches}
		for i := range d.lines {
			f.line(i)
		}
		if len(f.open) == 0 {
			break // else what follows an "else" without end would be lost
		}
	}
}

func (d *document) isTemplate(s *scanner) bool {
	native, found := false, false
	for i := range s.out {
		native = native || nativeKind.MatchString(d.lines[i].read)
		o := &s.out[i]
		if o.form == tagLine || o.start {
			return true
		}
		for n, t := range o.tokens {
			if t.kind != tag {
				continue
			}
			isKey := n+1 < len(o.tokens) && (o.tokens[n+1].kind == key || o.tokens[n+1].kind == sign)
			if isKey || !strings.HasPrefix(d.lines[i].read[t.from:], "{{") || !under(o.path, free) {
				found = found || isKey || !under(o.path, free)
			}
		}
	}
	return found && native
}

func under(path []string, keys map[string]bool) bool {
	for _, k := range path {
		if keys[k] {
			return true
		}
	}
	return false
}

// filler goes through a template, keeps the first branch of every condition, and fills in values.
type filler struct {
	d        *document
	s        *scanner
	branches bool   // leave out what stands behind "else"
	open     []bool // conditions and loops that are open, and whether the branch is left out
}

func (f *filler) line(i int) {
	l, o := &f.d.lines[i], &f.s.out[i]
	away := f.away()
	switch {
	case o.form == tagLine:
		f.control(l.read)
		f.hide(l, o)
		return
	case away:
		f.hide(l, o)
		return
	case !strings.Contains(l.read, "{{") && !strings.Contains(l.read, "{%") && !strings.Contains(l.read, "<%") && !strings.Contains(l.read, "{#"):
		return
	}
	var b strings.Builder
	name := o.key
	for n := 0; n < len(o.tokens); n++ {
		t := o.tokens[n]
		piece := l.read[t.from:t.to]
		switch t.kind {
		case tag, plain, key:
			from, m := t.from, n
			for m+1 < len(o.tokens) && (o.tokens[m+1].kind == tag || o.tokens[m+1].kind == t.kind || t.kind == tag && (o.tokens[m+1].kind == plain || o.tokens[m+1].kind == key)) {
				m++
			}
			isKey := m+1 < len(o.tokens) && o.tokens[m+1].kind == sign && l.read[o.tokens[m+1].from] == ':' || m+2 < len(o.tokens) && o.tokens[m+1].kind == blank && o.tokens[m+2].kind == sign && l.read[o.tokens[m+2].from] == ':'
			if isKey {
				name = ""
			}
			b.WriteString(f.fill(l.read[from:o.tokens[m].to], name))
			if isKey {
				name = l.read[from:o.tokens[m].to]
			}
			n = m
		case quoted:
			b.WriteString(f.inQuotes(piece, name))
			if n+1 < len(o.tokens) && o.tokens[n+1].kind == sign && l.read[o.tokens[n+1].from] == ':' {
				name = strings.Trim(piece, `"'`)
			}
		default:
			b.WriteString(piece)
		}
	}
	if b.String() != l.read {
		l.read = b.String()
		l.causes = l.causes.with(template)
	}
}

func (f *filler) away() bool {
	for _, a := range f.open {
		if a {
			return true
		}
	}
	return false
}

// hide makes a line one that says nothing: a comment, or in the midst of a block scalar an empty one.
func (f *filler) hide(l *line, o *scanned) {
	l.causes = l.causes.with(template)
	n := skip(l.read, 0)
	switch {
	case o.inBlock || o.form == blockLine || o.form == within:
		l.read = ""
	case n < len(l.read) && l.read[n] != '#':
		l.read = l.read[:n] + "# " + l.read[n:]
	}
}

var (
	word    = regexp.MustCompile(`^[{<]?[{%<]?[%{]?[-~=]?\s*([#/^!]|[a-z]+)?`)
	openers = set("if", "range", "with", "define", "block", "for", "macro", "raw", "filter", "call", "unless", "case", "while", "#")
)

// control follows the conditions and loops of a text's tags.
func (f *filler) control(t string) {
	for p := 0; p < len(t); {
		if !tagAt(t, p) {
			p++
			continue
		}
		end := tagSpan(t, p)
		f.tag(t[p:end])
		p = end
	}
}

// tag follows one tag, and tells whether it stands for no text.
func (f *filler) tag(t string) bool {
	m := word.FindStringSubmatch(t)
	isExpr := strings.HasPrefix(t, "{{") || strings.HasPrefix(t, "<%=")
	switch w := m[1]; {
	case strings.HasPrefix(t, "{#"), strings.HasPrefix(t, "<%#"), strings.HasPrefix(t, "{{!"), strings.Contains(t, "/*"):
		return true
	case strings.HasPrefix(t, "<%") && !isExpr && strings.Contains(t, " do "), openers[w]:
		f.open = append(f.open, false)
		return true
	case w == "^":
		f.open = append(f.open, f.branches)
		return true
	case w == "else" || w == "elif" || w == "elseif" || w == "elsif" || w == "when":
		if n := len(f.open); n > 0 && w != "when" {
			f.open[n-1] = f.branches
		}
		return true
	case strings.HasPrefix(w, "end") || w == "/":
		if n := len(f.open); n > 0 {
			f.open = f.open[:n-1]
		}
		return true
	case !isExpr:
		return true
	}
	return strings.Contains(t, ":=")
}

// fill puts stand-ins in the place of the tags of a scalar.
func (f *filler) fill(t, name string) string {
	var b strings.Builder
	for p := 0; p < len(t); {
		if !tagAt(t, p) {
			next := p + 1
			for next < len(t) && !tagAt(t, next) {
				next++
			}
			if !f.away() {
				b.WriteString(t[p:next])
			}
			p = next
			continue
		}
		end := tagSpan(t, p)
		if !f.tag(t[p:end]) && !f.away() {
			b.WriteString(standIn(t[p:end], name, t[:p], t[end:]))
		}
		p = end
	}
	return b.String()
}

// inQuotes fills in what is in quotes, which stay.
func (f *filler) inQuotes(t, name string) string {
	if len(t) < 2 || !strings.Contains(t, "{{") && !strings.Contains(t, "{%") && !strings.Contains(t, "<%") {
		return t
	}
	from, to := 0, len(t)
	if t[0] == '"' || t[0] == '\'' {
		from = 1
	}
	if c := t[len(t)-1]; c == '"' || c == '\'' {
		to--
	}
	return t[:from] + f.fill(t[from:to], name) + t[to:]
}
