package chart

import (
	"regexp"
	"strconv"
	"strings"
)

// part is what stands between two "---" of a template.
type part struct{ first, last int } // lines from 0, last not included

// partsOf finds the parts of a template; there is at least one.
func partsOf(lines []string) []part {
	var parts []part
	first := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "---") && i > first {
			parts = append(parts, part{first, i})
			first = i
		}
	}
	return append(parts, part{first, len(lines)})
}

var kindLine = regexp.MustCompile(`^\s*(?:- )?kind:\s*["']?([^"'#\s]+)`)

// match finds the part that a document most likely comes from: of its kind, and with most of its lines. Of equally good
// ones it is the first that does not stand before the part of the document before.
func (f *source) match(body, kind string, from int) int {
	have := map[string]bool{}
	for _, line := range strings.Split(body, "\n") {
		if line = strings.TrimSpace(line); len(line) > 1 {
			have[line] = true
		}
	}
	best, most := min(from, len(f.parts)-1), -1
	try := func(i int) {
		score, seen := 0, map[string]bool{}
		p := f.parts[i]
		for _, line := range f.lines[p.first:p.last] {
			line = strings.TrimSpace(line)
			if have[line] && !seen[line] {
				score++
				seen[line] = true
			}
			if m := kindLine.FindStringSubmatch(line); m != nil && (m[1] == kind || strings.HasPrefix(m[1], "{{")) {
				score += 1000
			}
		}
		if score > most {
			best, most = i, score
		}
	}
	for i := from; i < len(f.parts); i++ {
		try(i)
	}
	for i := range min(from, len(f.parts)) {
		try(i)
	}
	return best
}

// line is where the object begins: its kind, else the first line that is neither blank nor a comment.
func (p part) line(lines []string, kind string) int {
	first, templated := 0, 0
	for i := p.first; i < p.last; i++ {
		text := strings.TrimSpace(lines[i])
		m := kindLine.FindStringSubmatch(lines[i])
		switch {
		case m != nil && m[1] == kind:
			return i + 1
		case m != nil && strings.HasPrefix(m[1], "{{") && templated == 0:
			templated = i + 1
		case first == 0 && text != "" && text != "---" && !strings.HasPrefix(text, "#") && !strings.HasPrefix(text, "{{/*") && !strings.HasPrefix(text, "{{- /*"):
			first = i + 1
		}
	}
	if templated > 0 {
		return templated
	}
	return max(first, 1)
}

// lineOfError finds in the template the line that an error of YAML is about: the same text, else the part's first line.
func (f *source) lineOfError(err error, body string, part int) int {
	p := f.parts[part]
	m := yamlLine.FindStringSubmatch(err.Error())
	if m != nil {
		n, _ := strconv.Atoi(m[1])
		lines := strings.Split(body, "\n")
		for _, try := range []int{n - 1, n, n - 2} { // the parser counts from the line before or after at times
			if try < 0 || try >= len(lines) || strings.TrimSpace(lines[try]) == "" {
				continue
			}
			for i := p.first; i < p.last; i++ {
				if alike(f.lines[i], lines[try]) {
					return i + 1
				}
			}
		}
	}
	return p.line(f.lines, "")
}

// alike tells whether a line of a template can have given a line of text: equal up to the template's first action.
func alike(template, text string) bool {
	template, text = strings.TrimSpace(template), strings.TrimSpace(text)
	before, _, found := strings.Cut(template, "{{")
	if !found {
		return template == text
	}
	return len(before) > 2 && strings.HasPrefix(text, before)
}
