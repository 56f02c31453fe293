package repair

import "strings"

// tags are how template engines begin and end what they fill in.
var tags = []struct{ open, close string }{{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}, {"{#", "#}"}}

// maxTag bounds the length of a tag in a line, so that lines of a megabyte take no time in its square.
const maxTag = 4000

func near(t string, p int) string { return t[p:min(len(t), p+maxTag)] }

// tagAt tells whether a tag begins at a place: one that ends in the same line, or one that the line begins with.
func tagAt(t string, p int) bool {
	if p >= len(t) || t[p] != '{' && t[p] != '<' {
		return false
	}
	for _, tag := range tags {
		if strings.HasPrefix(t[p:], tag.open) {
			return strings.Contains(near(t, p+2), tag.close)
		}
	}
	return false
}

// tagSpan gives the place behind the tag at p.
func tagSpan(t string, p int) int {
	for _, tag := range tags {
		if strings.HasPrefix(t[p:], tag.open) {
			end := strings.Index(near(t, p+2), tag.close)
			if end < 0 {
				return len(t)
			}
			end += p + 2 + len(tag.close)
			if strings.HasPrefix(t[p:], "{{{") && strings.HasPrefix(t[end:], "}") { // of Mustache
				end++
			}
			return end
		}
	}
	return p + 1
}

// unclosed gives what ends a tag that a text begins with and that is not closed in it.
func unclosed(t string) string {
	for _, tag := range tags {
		if strings.HasPrefix(t, tag.open) && !strings.Contains(near(t, 2), tag.close) {
			return tag.close
		}
	}
	return ""
}

// onlyTags tells whether a text is tags and nothing else, or the begin of one over several lines.
func onlyTags(t string) bool {
	if unclosed(t) != "" {
		return !strings.HasPrefix(t, "{#")
	}
	p := 0
	for p < len(t) {
		if !tagAt(t, p) {
			return false
		}
		p = skip(t, tagSpan(t, p))
	}
	return p > 0
}

// tagLine takes a line as one of tags alone.
func (s *scanner) tagLine(i, n int) {
	t := s.lines[i].read
	s.out[i].form = tagLine
	s.add(i, indent, 0, n)
	s.add(i, tag, n, len(t))
	if s.tagEnd != "" {
		if strings.Contains(t, s.tagEnd) {
			s.tagEnd = ""
		}
		return
	}
	end := unclosed(t[n:])
	for j := i + 1; end != "" && j < min(len(s.lines), i+100); j++ {
		if strings.Contains(s.lines[j].read, end) {
			s.tagEnd = end
			return
		}
	}
}
