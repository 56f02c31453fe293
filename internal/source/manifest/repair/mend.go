package repair

import (
	"slices"
	"strings"
)

// Limits of how often a text is looked at again: every mend takes time in proportion to its length.
const (
	maxMends = 200
	maxBytes = 4 << 20
)

// mend takes one fault after the other, the first first, and puts right what has a likely meaning, until the text is YAML.
func (d *document) mend() {
	before := slices.Clone(d.lines)
	d.given = map[fault]bool{}
	size := len(join(d.lines))
	good := d.good()
	if !good {
		d.retab()
		good = d.good()
	}
	after := slices.Clone(d.lines)
	for n := 0; n < maxMends && n*size < maxBytes; n++ {
		s := scan(d.lines, 2)
		f, ok := d.next(s, good)
		if !ok {
			break
		}
		changed := false
		for _, f := range batch(s, f) {
			if mends[f.sort](d, s, f) {
				changed = true
			} else {
				d.given[f] = true
			}
		}
		if !changed {
			continue
		}
		good = d.good()
	}
	if !good && parse(join(d.lines)) != nil || slices.ContainsFunc(before, inUse) && !slices.ContainsFunc(d.lines, inUse) {
		// What did not lead to YAML was no mend. Tabs are wrong whatever else is.
		d.lines = after
		if parse(join(before)) == nil {
			d.lines = before
		}
	}
}

func inUse(l line) bool { return body(l.read) != "" && !fenced.MatchString(l.read) }

// batch is a fault with all others of its sort, if these are about their own lines and change nothing around.
func batch(s *scanner, f fault) []fault {
	switch f.sort {
	case twoColons, reservedStart, trailing, stuckColon, lastComma, noComma:
	default:
		return []fault{f}
	}
	all := []fault{f}
	for _, g := range s.faults {
		if g.sort == f.sort && g.plausible == f.plausible && g.line > all[len(all)-1].line { // one in a line: the places of others move
			all = append(all, g)
		}
	}
	return all
}

// good tells whether the text is YAML, and more than a word.
func (d *document) good() bool {
	text := join(d.lines)
	return parse(text) == nil && !scalar(text)
}

// next is the first fault to look at: in a text that is YAML, one of those that are YAML and cannot have been meant.
func (d *document) next(s *scanner, good bool) (fault, bool) {
	best := -1
	for i, f := range s.faults {
		taken := f.sort == lastComma && good && !strings.HasSuffix(d.file, ".json") // clients read it as YAML
		if f.sort != tabIndent && (f.plausible || !good) && !taken && !d.given[f] && (best < 0 || f.line < s.faults[best].line) {
			best = i
		}
	}
	if best < 0 {
		return fault{}, false
	}
	return s.faults[best], true
}

// mends are what is done about each sort of fault. They tell whether they changed anything.
var mends = [...]func(*document, *scanner, fault) bool{
	tabIndent:     func(*document, *scanner, fault) bool { return false },
	misaligned:    (*document).align,
	deeper:        (*document).dedent,
	outdented:     (*document).dedentFirst,
	lone:          (*document).single,
	mixed:         (*document).indentItem,
	twoColons:     (*document).quoteValue,
	reservedStart: (*document).quoteValue,
	trailing:      (*document).doubleQuote,
	slashes:       func(*document, *scanner, fault) bool { return false },
	unclosedQuote: (*document).closeQuote,
	unclosedFlow:  (*document).closeBracket,
	shallowBlock:  (*document).indentBlock,
	stuckDash:     (*document).freeDash,
	stuckColon:    (*document).freeColon,
	lastComma:     (*document).dropComma,
	noComma:       (*document).addComma,
	rule:          (*document).separate,
}
