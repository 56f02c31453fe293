package repair

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// document is one document while it is mended.
type document struct {
	file  string
	first int
	lines []line

	kinds  [len(typographicNames)]bool
	begun  bool // something that is content was seen
	parted bool // a line in the midst of it ought to divide it
	unsure causes
	given  map[fault]bool // faults that cannot be mended
}

// Document looks at the text of one document, whose first line has that number in the file. The text it returns is what
// should be read on: the same, or mended, with the same lines. ok is false if even that is no YAML; then a problem says
// why. Where the text is YAML and what it says can have been meant, it is returned as it is.
func Document(file string, firstLine int, text []byte) (mended []byte, problems []objects.Problem, ok bool) {
	err := parse(text)
	if err == nil && !Suspicious(text) && !scalar(text) || unlike(text) {
		if err != nil {
			return text, []objects.Problem{notYAML(file, firstLine, text, nil, err)}, false
		}
		return text, nil, true
	}
	d := &document{file: file, first: firstLine}
	var early causes
	clean := string(text)
	mark := ""
	if rest, is := strings.CutPrefix(clean, "\ufeff"); is && firstLine == 1 {
		clean, mark = rest, "\ufeff" // YAML allows it at the begin of a file
	}
	if clean, ok = decoded(clean); ok {
		early = early.with(encoding)
	}
	d.lines = split(clean)
	d.before(text[len(mark):], early, err != nil)
	d.typography()
	d.elisions()
	d.templates()
	d.mend()
	mended = join(d.lines)
	left := parse(mended)
	if left != nil && err == nil {
		return text, nil, true
	}
	problems = d.problems(left == nil)
	if left != nil {
		problems = append(problems, notYAML(file, firstLine, mended, d, left))
	}
	if len(problems) == 0 {
		return text, nil, left == nil
	}
	return append([]byte(mark), mended...), problems, left == nil
}

// before mends what concerns characters alone: the encoding, and characters that YAML does not allow anywhere.
func (d *document) before(text []byte, early causes, broken bool) {
	if early.has(encoding) {
		for i, l := range split(string(text)) {
			if i < len(d.lines) && l.was != d.lines[i].was {
				d.lines[i].was = l.was
				d.lines[i].causes = d.lines[i].causes.with(encoding)
			}
		}
	}
	for i := range d.lines {
		l := &d.lines[i]
		if plain := allowed(l.read); broken && plain != l.read {
			l.set(plain, control)
		}
	}
}
