package edit

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// words are texts that some YAML reader takes for something else than a string. Kubernetes reads YAML 1.1.
var words = map[string]bool{}

func init() {
	for _, w := range []string{"y", "yes", "n", "no", "on", "off", "true", "false", "null", "~",
		".nan", ".inf", "+.inf", "-.inf", "=", "<<", ""} {
		words[w] = true
	}
}

// notText are the shapes of numbers and dates in YAML 1.1 and 1.2.
var notText = []*regexp.Regexp{
	regexp.MustCompile(`^[-+]?[0-9][0-9_]*$`),
	regexp.MustCompile(`^[-+]?0[xX][0-9a-fA-F_]+$`),
	regexp.MustCompile(`^[-+]?0[bBoO][0-9_]+$`),
	regexp.MustCompile(`^[-+]?([0-9][0-9_]*)?\.?[0-9_]*([eE][-+]?[0-9]*)?$`),
	regexp.MustCompile(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`),
	regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?$`),
}

// plain says that a text can stand without quotes and stays this text for every reader.
func plain(s string, flow bool) bool {
	if words[strings.ToLower(s)] || strings.TrimSpace(s) != s || !printable(s) || strings.ContainsAny(s, "\t\u00a0") {
		return false
	}
	if strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.HasSuffix(s, ":") {
		return false
	}
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") || strings.ContainsRune("#,[]{}&*!|>'\"%@`", rune(s[0])) {
		return false
	}
	if strings.ContainsRune("-?:", rune(s[0])) && (len(s) == 1 || strings.ContainsRune(" ,[]{}", rune(s[1]))) {
		return false
	}
	if flow && (strings.ContainsAny(s, ",[]{}") || s[0] == '?' || s[0] == ':') {
		return false
	}
	for _, re := range notText {
		if re.MatchString(s) {
			return !strings.ContainsAny(s, "0123456789")
		}
	}
	return true
}

// ambiguous says that a text stands without quotes where some readers take it for something else: a bare yes.
func ambiguous(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Style == 0 && y.ShortTag() == tagText && words[strings.ToLower(y.Value)]
}

// printable says that every character may stand for itself on one line.
func printable(s string) bool {
	for _, r := range s {
		if !printableRune(r) {
			return false
		}
	}
	return true
}

func printableRune(r rune) bool {
	switch {
	case r == '\t' || r >= 0x20 && r <= 0x7e:
		return true
	case r == 0x2028 || r == 0x2029 || r == 0xfeff:
		return false
	}
	return r >= 0xa0 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
}

var escapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, 0: `\0`, 0x85: `\N`, 0xa0: `\_`, 0x2028: `\L`, 0x2029: `\P`,
}

func double(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch e, ok := escapes[r]; {
		case ok:
			b.WriteString(e)
		case printableRune(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quoted writes a text in quotes of a style, or in double quotes if that style cannot hold it.
func quoted(s string, style yaml.Style) string {
	if style&yaml.SingleQuotedStyle != 0 && printable(s) && !strings.ContainsAny(s, "\t\u00a0") {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return double(s)
}

// literalForm says that a text can be written as a block scalar "|" without an indicator for its indentation.
func literalForm(s string) bool {
	body := strings.TrimSuffix(s, "\n")
	if !strings.Contains(s, "\n") || body == "" || strings.ContainsAny(body[:1], " \t\n") {
		return false
	}
	if last := body[strings.LastIndexByte(body, '\n')+1:]; strings.TrimSpace(last) == "" {
		return false
	}
	return printable(strings.ReplaceAll(body, "\n", ""))
}
