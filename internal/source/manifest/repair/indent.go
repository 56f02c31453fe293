package repair

import (
	"slices"
	"strings"
)

// retab puts spaces in the place of tabs in indentation, as many as lead to YAML.
func (d *document) retab() {
	if !slices.ContainsFunc(scan(d.lines, 2).faults, func(f fault) bool { return f.sort == tabIndent }) {
		return
	}
	var best []line
	few, said := 1<<30, ""
	for _, width := range []int{2, 4, 8} {
		lines := slices.Clone(d.lines)
		s := scan(lines, width)
		for i := range lines {
			expand(&lines[i], &s.out[i], width)
		}
		left := len(scan(lines, 2).faults)
		if text := join(lines); parse(text) == nil {
			switch shape := shape(text); {
			case said == "":
				said = shape
			case said != shape:
				d.unsure = d.unsure.with(tabs)
			}
			left = -1
		}
		if left < few {
			best, few = lines, left
		}
	}
	d.lines = best
}

func expand(l *line, o *scanned, width int) {
	n := skip(l.read, 0)
	at := strings.IndexByte(l.read[:n], '\t')
	switch {
	case at < 0 || o.form == empty || o.form == within:
		return
	case o.form == blockLine: // tabs behind the indentation are content
		p := 0
		for w := 0; p < n && w < o.content; p++ {
			if w++; l.read[p] == '\t' {
				w += width - 1
			}
		}
		if at < p {
			l.set(strings.Repeat(" ", o.content)+l.read[p:], tabs)
		}
		return
	}
	l.set(strings.ReplaceAll(l.read[:n], "\t", strings.Repeat(" ", width))+l.read[n:], tabs)
}

// region is the line and those that follow it, as long as they stand no further left than col.
func (s *scanner) region(from, col int) int {
	to := from + 1
	for ; to < len(s.out); to++ {
		switch o := s.out[to]; {
		case o.form == empty || o.form == blockLine || o.form == within && o.col >= col:
		case o.col < col, o.form == structure && len(o.tokens) > 0 && o.tokens[0].kind == marker:
			return s.trim(from, to)
		}
	}
	return s.trim(from, to)
}

// trim leaves out the empty lines and comments at the end of a region.
func (s *scanner) trim(from, to int) int {
	for to > from+1 && (s.out[to-1].form == empty || s.out[to-1].form == commentLine && s.out[to-1].col == 0) {
		to--
	}
	return to
}

func (d *document) shift(from, to, by int) bool {
	for i := from; i < to; i++ {
		d.lines[i].shift(by, indentation)
	}
	return by != 0
}

// align moves a line between two levels, and what is under it, to the nearer of them that it can belong to.
func (d *document) align(s *scanner, f fault) bool {
	to := s.region(f.line, f.col)
	in, out := f.above-f.col, f.below-f.col
	fits := func(by int) bool {
		try := &document{lines: slices.Clone(d.lines)}
		try.shift(f.line, to, by)
		for _, g := range scan(try.lines, 2).faults {
			if g.line <= f.line && g.line >= f.line-1 || g.line > f.line && g.line <= to && (g.sort == deeper || g.sort == mixed) {
				return false
			}
		}
		return true
	}
	inside, outside := fits(in), fits(out)
	if inside && outside && in == -out {
		d.unsure = d.unsure.with(indentation)
	}
	if outside && (!inside || -out < in) {
		in = out
	}
	return d.shift(f.line, to, in)
}

// dedent moves lines that stand deeper than a complete value before them.
func (d *document) dedent(s *scanner, f fault) bool {
	prev := f.line - 1
	for prev >= 0 && s.out[prev].form != structure {
		prev--
	}
	if prev >= 0 && !s.out[prev].has(sign) && d.single(s, fault{sort: lone, line: prev, col: -1}) {
		return true // what stands before is no value but a key that is ill written
	}
	return d.shift(f.line, s.region(f.line, f.col), f.below-f.col)
}

// dedentFirst moves the first lines, where later ones stand further left.
func (d *document) dedentFirst(s *scanner, f fault) bool {
	from := f.line
	for from > 0 && !s.isMarker(from-1) {
		from--
	}
	return d.shift(from, f.line, f.col-f.above)
}

func (s *scanner) isMarker(i int) bool {
	return len(s.out[i].tokens) > 0 && s.out[i].tokens[0].kind == marker
}

// indentItem moves a key that stands under the dash of its item.
func (d *document) indentItem(s *scanner, f fault) bool {
	o := s.out[f.line]
	if f.above <= f.col || len(o.tokens) == 0 || o.tokens[0].kind == dash || len(o.tokens) > 1 && o.tokens[1].kind == dash {
		return false
	}
	to := f.line + 1
	for to < len(s.out) && (s.out[to].form != structure || s.out[to].col >= f.col) && !startsItem(s.out[to], f.col) {
		to++
	}
	return d.shift(f.line, s.trim(f.line, to), f.above-f.col)
}

func startsItem(o scanned, col int) bool {
	return o.form == structure && o.col <= col && slices.ContainsFunc(o.tokens[:min(2, len(o.tokens))], func(t token) bool { return t.kind == dash })
}

// indentBlock moves a line of a block scalar to where the others are.
func (d *document) indentBlock(_ *scanner, f fault) bool {
	d.lines[f.line].shift(f.above-f.col, indentation)
	return true
}
