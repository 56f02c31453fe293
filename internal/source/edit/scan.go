package edit

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// errLost says that the text was not followed where the parser says it goes; the edit is then left out.
var errLost = errors.New("its text is written in a way that cannot be followed")

// next is the place of the next token from a place between tokens: behind blanks, line breaks and comments.
func (l *layout) next(at int) int {
	for at < len(l.text) {
		switch l.text[at] {
		case ' ', '\t':
			at++
		case '#':
			at = l.lineEnd(at)
		default:
			n := breakAt(l.text, at)
			if n == 0 {
				return at
			}
			at += n
		}
	}
	return at
}

// indicator says that a "-" or "?" stands there as a token of its own.
func (l *layout) indicator(at int, c byte) bool {
	if at >= len(l.text) || l.text[at] != c {
		return false
	}
	return at+1 == len(l.text) || l.blank(at+1)
}

func (l *layout) blank(at int) bool {
	return l.text[at] == ' ' || l.text[at] == '\t' || breakAt(l.text, at) > 0
}

func (l *layout) expect(at int, text string) (int, error) {
	if at > len(l.text) || !bytes.HasPrefix(l.text[at:], []byte(text)) {
		return 0, errLost
	}
	return at + len(text), nil
}

// property is the end of the anchor or tag that begins there.
func (l *layout) property(at int, flow bool) int {
	if bytes.HasPrefix(l.text[at:], []byte("!<")) {
		if end := bytes.IndexByte(l.text[at:], '>'); end > 0 {
			return at + end + 1
		}
	}
	for at < len(l.text) && !l.blank(at) && (!flow || !bytes.ContainsRune([]byte(",[]{}"), rune(l.text[at]))) {
		at++
	}
	return at
}

// scalar is the end of a scalar that begins there.
func (l *layout) scalar(y *yaml.Node, at, indent int) (int, error) {
	switch {
	case y.Style&yaml.DoubleQuotedStyle != 0:
		return l.doubleQuoted(at)
	case y.Style&yaml.SingleQuotedStyle != 0:
		return l.singleQuoted(at)
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return l.block(at, indent)
	}
	return l.plain(y.Value, at)
}

// plain follows a plain scalar by its value: between the two only blanks and line breaks may differ.
func (l *layout) plain(value string, at int) (int, error) {
	text := l.text
	for i := 0; i < len(value); {
		if n := space([]byte(value), i); n > 0 {
			i += n
			continue
		}
		for at < len(text) {
			n := space(text, at)
			if n == 0 {
				break
			}
			at += n
		}
		if at >= len(text) || text[at] != value[i] {
			return 0, errLost
		}
		at++
		i++
	}
	return at, nil
}

func space(text []byte, at int) int {
	if text[at] == ' ' || text[at] == '\t' {
		return 1
	}
	return breakAt(text, at)
}

func (l *layout) doubleQuoted(at int) (int, error) {
	if l.text[at] != '"' {
		return 0, errLost
	}
	for at++; at < len(l.text); at++ {
		switch l.text[at] {
		case '\\':
			at++
		case '"':
			return at + 1, nil
		}
	}
	return 0, errLost
}

func (l *layout) singleQuoted(at int) (int, error) {
	if l.text[at] != '\'' {
		return 0, errLost
	}
	for at++; at < len(l.text); at++ {
		if l.text[at] != '\'' {
			continue
		}
		if at+1 == len(l.text) || l.text[at+1] != '\'' {
			return at + 1, nil
		}
		at++
	}
	return 0, errLost
}

// block is the end of a block scalar: behind the line break of its last line. Blank lines after it count only if the
// scalar keeps them.
func (l *layout) block(at, parent int) (int, error) {
	if l.text[at] != '|' && l.text[at] != '>' {
		return 0, errLost
	}
	indent, keep := 0, false
	for at++; at < len(l.text) && !l.blank(at); at++ {
		switch c := l.text[at]; {
		case c == '+':
			keep = true
		case c >= '1' && c <= '9':
			indent = max(parent, 0) + int(c-'0')
		}
	}
	end := l.lineAfter(at)
	if indent == 0 {
		indent = l.blockIndent(end, parent)
	}
	for at = end; at < len(l.text); {
		spaces := l.spaces(at)
		after := l.lineAfter(at)
		switch {
		case at+spaces == len(l.text) || breakAt(l.text, at+spaces) > 0:
			if spaces > indent || keep {
				end = after
			}
		case spaces < indent:
			return end, nil
		default:
			end = after
		}
		at = after
	}
	return end, nil
}

// blockIndent finds the indentation of a block scalar as the parser does: that of the first line that is not empty.
func (l *layout) blockIndent(at, parent int) int {
	indent := 0
	for at < len(l.text) {
		spaces := l.spaces(at)
		indent = max(indent, spaces)
		if at+spaces < len(l.text) && breakAt(l.text, at+spaces) == 0 {
			break
		}
		at = l.lineAfter(at)
	}
	return max(indent, parent+1, 1)
}

func (l *layout) spaces(at int) int {
	n := 0
	for at+n < len(l.text) && l.text[at+n] == ' ' {
		n++
	}
	return n
}

// lineStart, lineEnd (before the break) and lineAfter (behind it) are the bounds of the line of a place.
func (l *layout) lineStart(at int) int {
	low, high := 0, len(l.lines)
	for low < high {
		mid := (low + high) / 2
		if l.lines[mid] <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return 0
	}
	return l.lines[low-1]
}

func (l *layout) lineEnd(at int) int {
	for at < len(l.text) && breakAt(l.text, at) == 0 {
		at++
	}
	return at
}

func (l *layout) lineAfter(at int) int {
	at = l.lineEnd(at)
	if at < len(l.text) {
		at += breakAt(l.text, at)
	}
	return at
}

// columnOf is the column of a place in characters, from 0.
func (l *layout) columnOf(at int) int { return utf8.RuneCount(l.text[l.lineStart(at):at]) }

// firstOnLine says that only blanks stand before a place.
func (l *layout) firstOnLine(at int) bool {
	return len(bytes.Trim(l.text[l.lineStart(at):at], " ")) == 0
}
