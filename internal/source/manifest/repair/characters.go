package repair

import (
	"strings"
	"unicode/utf8"
)

// wide tells spaces that are none to YAML.
func wide(r rune) bool {
	switch r {
	case '\u00a0', '\u1680', '\u202f', '\u205f', '\u3000':
		return true
	}
	return r >= '\u2000' && r <= '\u200a'
}

// invisible tells characters that have no width: marks of word processors and browsers, and byte order marks.
func invisible(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060', '\ufeff':
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// longDashes stand where "-" was typed.
const longDashes = "–—‐‑‒―−"

// closers are the typographic quotes that open, and those that may close what they opened.
var closers = map[rune]string{
	'“': "”“„\"", '”': "”“\"", '„': "“”\"", '‟': "”\"", '«': "»", '»': "«", '＂': "＂", '″': "″",
	'‘': "’‘'", '’': "’'", '‚': "‘’'", '‛': "’'", '‹': "›", '＇': "＇", '′': "′",
}

// single are those of closers that stand for an apostrophe.
const single = "‘’‚‛‹›＇′"

// blankAt gives the length and the width of a blank at a place; the length is 0 if there is none. Tabs have width 1.
func blankAt(s string, i int) (length, width int) {
	if i >= len(s) {
		return 0, 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		if c == ' ' || c == '\t' {
			return 1, 1
		}
		return 0, 0
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	switch {
	case wide(r):
		return n, 1
	case invisible(r):
		return n, 0
	}
	return 0, 0
}

// spaceAt tells whether a blank that can be seen, or the end, is at a place.
func spaceAt(s string, i int) bool {
	_, w := blankAt(s, i)
	return w > 0 || i >= len(s)
}

// skip gives the place behind the blanks at i.
func skip(s string, i int) int {
	for {
		n, _ := blankAt(s, i)
		if n == 0 {
			return i
		}
		i += n
	}
}

// trimmed gives the place behind the last that is no blank, not before from.
func trimmed(s string, from int) int {
	return from + len(strings.TrimRightFunc(s[from:], func(r rune) bool { return r == ' ' || r == '\t' || wide(r) || invisible(r) }))
}

// dashAt gives the length of a dash at a place, typed or typographic; 0 if there is none.
func dashAt(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	if s[i] == '-' {
		return 1
	}
	if r, n := utf8.DecodeRuneInString(s[i:]); n > 1 && strings.ContainsRune(longDashes, r) {
		return n
	}
	return 0
}
