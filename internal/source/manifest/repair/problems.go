package repair

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// problems are what was found, a cause each, with the lines as they ought to be.
func (d *document) problems(ok bool) []objects.Problem {
	var all []objects.Problem
	for c := range count {
		first, lines := -1, 0
		for i := range d.lines {
			if d.lines[i].causes.has(c) {
				if lines++; first < 0 {
					first = i
				}
			}
		}
		if first < 0 {
			continue
		}
		w := words[c]
		inParts := d.parted && (c == typographic || c == separator)
		p := objects.Problem{
			Rule:   w.rule,
			Origin: objects.Origin{File: d.file, Line: d.first + first},
			Text:   c.say(d.first+first, lines), Advice: w.advice,
			Mended: ok && !w.partial && !inParts && !d.unsure.has(c),
		}
		switch c {
		case typographic:
			p.Text, p.Advice = d.typographicText(lines, d.first+first)
		case template:
			name, advice := d.engine()
			where := fmt.Sprintf("line %d holds", d.first+first)
			if lines > 1 {
				where = fmt.Sprintf("%d lines hold", lines)
			}
			p.Text = fmt.Sprintf("%s placeholders or conditions of %s: this is a template, not a manifest", where, name)
			p.Advice = advice + "; a text in braces that a program is to find belongs in quotes"
		}
		if c != elision && c != leftOut && c != template && !d.unsure.has(c) {
			p.Edits = d.edits(c)
		}
		all = append(all, p)
	}
	return all
}

func (d *document) typographicText(lines, first int) (text, advice string) {
	var kinds, plain []string
	for k, found := range d.kinds {
		if found {
			kinds = append(kinds, typographicNames[k])
			plain = append(plain, [...]string{"ordinary spaces", `plain quotes (")`, `"-"`, "nothing"}[k])
		}
	}
	where := fmt.Sprintf("in line %d", first)
	if lines > 1 {
		where = fmt.Sprintf("in %d lines", lines)
	}
	return fmt.Sprintf("%s stand %s: copied from a web page or word processor", listed(kinds), where),
		"write " + listed(plain) + " instead"
}

func listed(all []string) string {
	if len(all) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// edits put the lines that a cause is about in their place, each with all that is wrong in it. Lines that follow one
// another and share their causes make one edit, so that the edits of two problems are the same or do not meet.
func (d *document) edits(c cause) []objects.Edit {
	var all []objects.Edit
	for i := 0; i < len(d.lines); i++ {
		l := &d.lines[i]
		if !l.causes.has(c) || l.now == l.was && !l.drop {
			continue
		}
		from := i
		var text []string
		for ; i < len(d.lines) && d.lines[i].causes == l.causes && d.lines[i].drop == l.drop && (d.lines[i].now != d.lines[i].was || l.drop); i++ {
			text = append(text, d.lines[i].now+"\n")
		}
		e := objects.Edit{File: d.file, Op: objects.EditLines, First: d.first + from, Last: d.first + i - 1, Value: strings.Join(text, "")}
		if l.drop {
			e.Value = ""
		}
		all = append(all, e)
		i--
	}
	return all
}

// notYAML is the problem of a text that could not be mended.
func notYAML(file string, first int, text []byte, d *document, err error) objects.Problem {
	lines := split(string(text))
	at := breaksAt(lines)
	if unlike(text) {
		at = 0
	}
	why, advice := explain(err)
	if text, what := foreign(lines); text != "" {
		why, advice = text, what
	} else if d != nil {
		s := scan(d.lines, 2)
		slices.SortStableFunc(s.faults, func(a, b fault) int { return a.line - b.line })
		for _, f := range s.faults {
			if f.plausible {
				continue
			}
			if text, what := f.explain(first); text != "" && (f.line <= at+1 || f.sort == unclosedQuote || f.sort == unclosedFlow) {
				at, why, advice = f.line, text, what
			}
			break
		}
	}
	return objects.Problem{
		Rule:   "not-yaml",
		Origin: objects.Origin{File: file, Line: first + at},
		Text:   fmt.Sprintf("cannot be read as YAML from line %d on: %s", first+at, why),
		Advice: advice,
	}
}
