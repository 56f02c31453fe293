package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Style is how text is to look.
type Style struct {
	Color bool // for a terminal
	Quiet bool // only the last line
}

// Text writes findings for a person: by file, then by object, why a rule matters where it is first met.
func Text(w io.Writer, all []*audit.Finding, s Style) {
	if !s.Quiet {
		printer := &printer{w: w, Style: s, explained: map[*rule.Rule]bool{}}
		for _, group := range byObject(all) {
			printer.group(group)
		}
		printer.ignored(all)
	}
	fmt.Fprintln(w, Summary(all))
}

// Summary is one line of counts.
func Summary(all []*audit.Finding) string {
	n := audit.Counts(all)
	total, mendable, ignored := 0, 0, 0
	for _, f := range all {
		switch {
		case f.Ignored != "":
			ignored++
		default:
			total++
			if f.Mendable() {
				mendable++
			}
		}
	}
	text := "nothing found"
	if total > 0 {
		text = fmt.Sprintf("%d found: %d refused, %d broken, %d risk", total, n[rule.Refused], n[rule.Broken], n[rule.Risk])
	}
	if mendable > 0 {
		text += fmt.Sprintf("; %d of them can be mended with --fix", mendable)
	}
	if ignored > 0 {
		text += fmt.Sprintf("; %d ignored", ignored)
	}
	return text
}

// byObject groups findings that follow one another in the text, by file and object.
func byObject(all []*audit.Finding) [][]*audit.Finding {
	type key struct{ file, object string }
	index := map[key]int{}
	var groups [][]*audit.Finding
	for _, f := range all {
		if f.Ignored != "" {
			continue
		}
		k := key{f.Origin.File, f.Object}
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

type printer struct {
	Style
	w         io.Writer
	file      string
	begun     bool
	explained map[*rule.Rule]bool
}

func (p *printer) group(group []*audit.Finding) {
	first := group[0]
	if first.Origin.File != p.file || !p.begun {
		if p.begun {
			fmt.Fprintln(p.w)
		}
		p.file, p.begun = first.Origin.File, true
		if p.file != "" {
			fmt.Fprintln(p.w, p.bold(p.file))
		}
	}
	if first.Object != "" {
		fmt.Fprintf(p.w, "  %s\n", p.bold(first.Object))
	}
	for _, f := range group {
		p.finding(f)
	}
	fmt.Fprintln(p.w)
}

func (p *printer) finding(f *audit.Finding) {
	place := ""
	if f.Origin.Line > 0 {
		place = fmt.Sprintf("line %d", f.Origin.Line)
	}
	fmt.Fprintf(p.w, "    %s  %-9s %s  %s\n", p.severity(f.Severity()), place, p.bold(f.Rule.ID), p.dim(f.Field))
	p.indented("", f.Message)
	if !p.explained[f.Rule] {
		p.explained[f.Rule] = true
		p.indented("why: ", f.Rule.Why)
	}
	advice := f.Advice
	if f.Mendable() {
		advice += " (--fix does it)"
	}
	p.indented("do:  ", advice)
	if f.Snippet != "" {
		for l := range strings.Lines(strings.TrimRight(f.Snippet, "\n") + "\n") {
			fmt.Fprintf(p.w, "             | %s", l)
		}
	}
}

const width = 110

// indented writes a paragraph, its later lines under the first.
func (p *printer) indented(head, text string) {
	const margin = "             "
	line := margin + head
	begin := len([]rune(line))
	for _, word := range strings.Fields(text) {
		if n := len([]rune(line)); n > begin && n+1+len([]rune(word)) > width {
			fmt.Fprintln(p.w, line)
			line = margin + strings.Repeat(" ", len(head))
			begin = len([]rune(line))
		}
		if len([]rune(line)) > begin {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(p.w, line)
}

func (p *printer) ignored(all []*audit.Finding) {
	head := false
	for _, f := range all {
		if f.Ignored == "" {
			continue
		}
		if !head {
			fmt.Fprintln(p.w, p.bold("ignored"))
			head = true
		}
		what := f.Object
		if what == "" {
			what = f.Origin.String()
		}
		fmt.Fprintf(p.w, "  %s  %s: %s\n", f.Rule.ID, what, f.Ignored)
	}
	if head {
		fmt.Fprintln(p.w)
	}
}

var colors = map[rule.Severity]string{rule.Refused: "\x1b[1;31m", rule.Broken: "\x1b[31m", rule.Risk: "\x1b[33m"}

func (p *printer) severity(s rule.Severity) string {
	text := fmt.Sprintf("%-7s", s)
	if !p.Color {
		return text
	}
	return colors[s] + text + "\x1b[0m"
}

func (p *printer) bold(text string) string { return p.styled("\x1b[1m", text) }
func (p *printer) dim(text string) string  { return p.styled("\x1b[2m", text) }

func (p *printer) styled(code, text string) string {
	if !p.Color || text == "" {
		return text
	}
	return code + text + "\x1b[0m"
}
