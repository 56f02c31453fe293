package edit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/slipway-sh/slipway/internal/objects"
)

// file is a text cut into its documents and what stands between them.
type file struct {
	nl        string
	lines     [][]byte
	chunks    []*chunk
	documents []*chunk
	owner     []*chunk // of each line
}

type chunk struct {
	text  []byte
	lost  bool // another edit moved the bounds of the document
	begun bool // has a "---" of its own
}

func newFile(text []byte) *file {
	f := &file{nl: newline(text), lines: splitLines(text)}
	at := 0
	take := func(to int) *chunk {
		c := &chunk{text: bytes.Join(f.lines[at:to], nil)}
		for ; at < to; at++ {
			f.owner = append(f.owner, c)
		}
		f.chunks = append(f.chunks, c)
		return c
	}
	for _, s := range Documents(text) {
		if s.First-1 > at {
			take(s.First - 1)
		}
		c := take(s.Last)
		c.begun = begun(c.text)
		f.documents = append(f.documents, c)
	}
	if at < len(f.lines) || len(f.chunks) == 0 {
		take(len(f.lines))
	}
	return f
}

func begun(text []byte) bool {
	for _, line := range splitLines(text) {
		if marker(line, "---") {
			return true
		}
	}
	return false
}

func (f *file) join() []byte {
	var out []byte
	for _, c := range f.chunks {
		out = append(out, c.text...)
	}
	return out
}

// replaceLines makes the edits of lines. A document whose bounds they move takes no other edit.
func (f *file) replaceLines(jobs []*job) {
	var made []*job
	for _, j := range jobs {
		twin := slices.ContainsFunc(made, func(o *job) bool {
			return o.edit.First == j.edit.First && o.edit.Last == j.edit.Last && o.edit.Value == j.edit.Value
		})
		if j.err = f.checkLines(j.edit, made); j.err == nil || twin {
			j.err = nil
			if !twin {
				made = append(made, j)
			}
		}
	}
	if len(made) == 0 {
		return
	}
	slices.SortStableFunc(made, func(a, b *job) int {
		if a.edit.First != b.edit.First {
			return a.edit.First - b.edit.First
		}
		return a.edit.Last - b.edit.Last // what is put before a line comes before what replaces it
	})
	texts := map[*chunk][]byte{}
	touched := map[*chunk]bool{}
	line := 1
	copyTo := func(to int) {
		for ; line < to; line++ {
			c := f.owner[line-1]
			texts[c] = append(texts[c], f.lines[line-1]...)
		}
	}
	for _, j := range made {
		e := j.edit
		copyTo(e.First)
		c := f.chunks[len(f.chunks)-1]
		if e.First <= len(f.owner) {
			c = f.owner[e.First-1]
		}
		touched[c] = true
		texts[c] = append(texts[c], f.linesText(e, texts[c])...)
		for ; line <= e.Last; line++ {
			if o := f.owner[line-1]; o != c {
				c.lost, o.lost, touched[o] = true, true, true
			}
		}
	}
	copyTo(len(f.lines) + 1)
	for c := range touched {
		c.text = texts[c]
		if len(Documents(c.text)) != 1 || begun(c.text) != c.begun {
			c.lost = true
		}
	}
}

// linesText is the text of an edit of lines, ending as lines do in its place.
func (f *file) linesText(e objects.Edit, before []byte) string {
	text := withBreaks(e.Value.(string), f.nl)
	if text == "" {
		return ""
	}
	atEnd := e.Last >= len(f.lines) && len(f.lines) > 0 && !endsInBreak(f.lines[len(f.lines)-1])
	if atEnd {
		for endsInBreak([]byte(text)) {
			text = text[:len(text)-len(f.nl)]
		}
		if e.First > len(f.lines) && !endsInBreak(before) {
			text = f.nl + text
		}
		return text
	}
	if !endsInBreak([]byte(text)) {
		text += f.nl
	}
	return text
}

func (f *file) checkLines(e objects.Edit, made []*job) error {
	if _, ok := e.Value.(string); !ok {
		return fmt.Errorf("%w: their text is not a string", ErrValue)
	}
	if e.First < 1 || e.Last < e.First-1 || e.Last > len(f.lines) {
		return fmt.Errorf("%w: the file has %d lines", ErrLines, len(f.lines))
	}
	for _, o := range made {
		first, last := max(e.First, o.edit.First), min(e.Last, o.edit.Last)
		if first <= last || inside(e, o.edit) || inside(o.edit, e) {
			return fmt.Errorf("%w: another edit changes lines %d to %d", ErrLines, o.edit.First, o.edit.Last)
		}
	}
	return nil
}

// inside says that e puts lines in the midst of those that o replaces.
func inside(e, o objects.Edit) bool {
	return e.Last < e.First && o.First < e.First && e.First <= o.Last
}
