package terraform

import (
	"bytes"
	"iter"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// textLine is a line without its end.
type textLine struct {
	number     int // from 1
	start, end int // bytes
	text       []byte
}

func lines(src []byte) iter.Seq[textLine] {
	return func(yield func(textLine) bool) {
		start := 0
		for n := 1; start < len(src); n++ {
			end := len(src)
			if i := bytes.IndexByte(src[start:], '\n'); i >= 0 {
				end = start + i
			}
			if !yield(textLine{n, start, end, src[start:end]}) {
				return
			}
			start = end + 1
		}
	}
}

// lineAt is the line on which a range begins.
func lineAt(src []byte, r *hcl.Range) (textLine, bool) {
	if r == nil {
		return textLine{}, false
	}
	for l := range lines(src) {
		if l.number == r.Start.Line {
			return l, true
		}
	}
	return textLine{}, false
}

// blank overwrites a line with spaces, so that all other places stay where they are.
func (f *file) blank(l textLine) {
	f.blanked[l.number] = true
	for i := l.start; i < l.end; i++ {
		if f.src[i] != '\r' {
			f.src[i] = ' '
		}
	}
}

func (f *file) index() {
	if f.lines == nil {
		f.lines = slices.Collect(lines(f.src))
	}
}
