package edit

import (
	"bytes"
	"strings"
)

var bom = []byte("\xef\xbb\xbf")

// breakAt is the length of the line break at a place, 0 if there is none. Lines are counted as YAML counts them, so that
// they agree with the parser's.
func breakAt(text []byte, at int) int {
	rest := text[at:]
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '\n':
		return 1
	case '\r':
		if len(rest) > 1 && rest[1] == '\n' {
			return 2
		}
		return 1
	case 0xC2:
		if bytes.HasPrefix(rest, []byte("\u0085")) {
			return 2
		}
	case 0xE2:
		if bytes.HasPrefix(rest, []byte("\u2028")) || bytes.HasPrefix(rest, []byte("\u2029")) {
			return 3
		}
	}
	return 0
}

// splitLines cuts a text into its lines, each with its break.
func splitLines(text []byte) [][]byte {
	var lines [][]byte
	for at, start := 0, 0; start < len(text); {
		n := 0
		for at < len(text) {
			if n = breakAt(text, at); n > 0 {
				break
			}
			at++
		}
		at += n
		lines = append(lines, text[start:at])
		start = at
	}
	return lines
}

// newline is the line break that the text uses most.
func newline(text []byte) string {
	crlf := bytes.Count(text, []byte("\r\n"))
	if crlf > 0 && 2*crlf >= bytes.Count(text, []byte("\n")) {
		return "\r\n"
	}
	return "\n"
}

func endsInBreak(text []byte) bool {
	n := len(text)
	for _, width := range []int{1, 2, 3} {
		if n >= width && breakAt(text, n-width) == width {
			return true
		}
	}
	return false
}

// withBreaks gives text of ours the file's line breaks.
func withBreaks(text, nl string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if nl == "\n" {
		return text
	}
	return strings.ReplaceAll(text, "\n", nl)
}
