package repair

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// unlike tells texts that are not made of lines of bytes: UTF-16, which the parser reads, and what is no text at all.
func unlike(text []byte) bool {
	return bytes.HasPrefix(text, []byte{0xFF, 0xFE}) || bytes.HasPrefix(text, []byte{0xFE, 0xFF}) || bytes.Count(text, []byte{0}) > 8
}

// decoded reads a text that is not UTF-8 as Windows-1252, line by line: some files hold both.
func decoded(text string) (string, bool) {
	if utf8.ValidString(text) {
		return text, false
	}
	var b strings.Builder
	for l := range strings.Lines(text) {
		if !utf8.ValidString(l) {
			if t, err := charmap.Windows1252.NewDecoder().String(l); err == nil {
				// What is a line break to YAML and not to Windows would shift the lines that follow.
				l = strings.NewReplacer("\u0085", "…", "\u2028", " ", "\u2029", " ").Replace(t)
			}
		}
		b.WriteString(l)
	}
	return b.String(), true
}

var colours = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// allowed is a line without the characters that YAML allows nowhere.
func allowed(t string) string {
	if strings.IndexFunc(t, forbidden) < 0 {
		return t
	}
	return strings.Map(func(r rune) rune {
		if forbidden(r) {
			return -1
		}
		return r
	}, colours.ReplaceAllString(t, ""))
}

func forbidden(r rune) bool {
	return r < ' ' && r != '\t' || r >= 0x7F && r < 0xA0 && r != 0x85 || r == 0xFFFE || r == 0xFFFF
}
