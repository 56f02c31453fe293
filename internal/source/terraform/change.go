package terraform

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/slipway-sh/slipway/internal/objects"
)

// change puts text in the place of a range of the file.
type change struct {
	at   hcl.Range
	text string
}

// writeEdits turns the changes of all findings into edits of whole lines. Changes that share a line, whoever asked for
// them, become one edit, which each of their findings carries: applied once or twice it gives the same text.
func (m *module) writeEdits() {
	for _, f := range m.files {
		var all []change
		for i := range m.found {
			found := &m.found[i]
			if found.file == f && found.mends > 0 {
				found.changes = append(found.changes, f.asMended(found.mends))
			}
			if found.file == f {
				all = append(all, found.changes...)
			}
		}
		edits := map[int]objects.Edit{} // by the line of a change
		for _, e := range lineEdits(f, all) {
			for line := e.First; line <= e.Last; line++ {
				edits[line] = e
			}
		}
		for i := range m.found {
			found := &m.found[i]
			if found.file != f {
				continue
			}
			last := 0
			slices.SortStableFunc(found.changes, byPlace)
			for _, c := range found.changes {
				if e, ok := edits[c.at.Start.Line]; ok && e.First > last {
					found.Edits = append(found.Edits, e)
					last = e.Last
				}
			}
		}
	}
}

func byPlace(a, b change) int { return cmp.Compare(a.at.Start.Byte, b.at.Start.Byte) }

func lineEdits(f *file, all []change) []objects.Edit {
	slices.SortStableFunc(all, byPlace)
	f.index()
	var edits []objects.Edit
	for i := 0; i < len(all); {
		first, last := all[i].at.Start.Line, all[i].at.End.Line
		j := i + 1
		for ; j < len(all) && all[j].at.Start.Line <= last; j++ {
			last = max(last, all[j].at.End.Line)
		}
		if text, ok := f.rewritten(first, last, all[i:j]); ok {
			edits = append(edits, objects.Edit{File: f.name, Op: objects.EditLines, First: first, Last: last, Value: text})
		}
		i = j
	}
	return edits
}

// asMended is the change of a line that stands mended in what was parsed: no more than that the line is written.
func (f *file) asMended(line int) change {
	f.index()
	at := hcl.Pos{Line: line, Column: 1, Byte: f.lines[line-1].start}
	return change{at: hcl.Range{Filename: f.name, Start: at, End: at}}
}

// rewritten is the text of some lines after changes. It fails where one of the lines was blanked to be parsed.
func (f *file) rewritten(first, last int, changes []change) (string, bool) {
	if first < 1 || last > len(f.lines) {
		return "", false
	}
	for line := first; line <= last; line++ {
		if f.blanked[line] {
			return "", false
		}
	}
	start, end := f.lines[first-1].start, f.lines[last-1].end
	var b strings.Builder
	at := start
	for _, c := range changes {
		if c.at.Start.Byte < at || c.at.End.Byte > end {
			return "", false
		}
		b.Write(f.src[at:c.at.Start.Byte])
		b.WriteString(c.text)
		at = c.at.End.Byte
	}
	b.Write(f.src[at:end])
	return strings.TrimSuffix(b.String(), "\r"), true
}

// source is the text of a range as it is written.
func (f *file) source(r hcl.Range) string {
	if r.Start.Byte < 0 || r.End.Byte > len(f.src) || r.Start.Byte > r.End.Byte {
		return ""
	}
	return string(f.src[r.Start.Byte:r.End.Byte])
}

// renamed is the change that gives an attribute another name and keeps the column of its "=".
func (f *file) renamed(a attribute, name string) change {
	at := a.NameRange
	rest := f.src[min(at.End.Byte, len(f.src)):]
	spaces := len(rest) - len(bytes.TrimLeft(rest, " "))
	old := len(a.Name)
	width := max(old+spaces, len(name)+1)
	at.End.Byte += spaces
	at.End.Column += spaces
	if spaces <= 1 {
		width = len(name) + spaces
	}
	return change{at, name + strings.Repeat(" ", width-len(name))}
}
