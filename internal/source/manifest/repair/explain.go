package repair

import (
	"fmt"
	"regexp"
	"strings"
)

// explain says in plain words what a fault is that could not be mended.
func (f fault) explain(first int) (text, advice string) {
	switch f.sort {
	case tabIndent:
		return "it is indented with a tab", "indent with spaces"
	case misaligned, deeper, outdented, mixed, shallowBlock:
		return "its indentation is not that of the lines it belongs to", "align it with the keys that belong together"
	case lone:
		return `it has no ":" and is neither key nor item; perhaps a line was broken in two, or text was copied along`, `write it as "key: value", or make it a comment with "#"`
	case twoColons:
		return `a second ": " follows in a value, as if two lines had become one`, "break the line, or put the value in quotes"
	case reservedStart:
		return fmt.Sprintf("a value begins with %q, which YAML keeps for itself", f.char), "put the value in quotes"
	case trailing:
		return "something follows behind a closing quote or bracket", `put the whole value in quotes; inside "…", write \"`
	case slashes:
		return "it holds a comment of JavaScript, which neither JSON nor YAML has", `remove it, or begin it with "#"`
	case noComma:
		return `a comma or ":" is missing between two texts`, "write it"
	case unclosedQuote:
		return fmt.Sprintf("the quote %c that is opened in line %d is never closed", f.char, first+f.line), "close the quote"
	case unclosedFlow:
		return fmt.Sprintf("the bracket that is opened in line %d is never closed", first+f.line), "close the bracket, or add the comma that is missing"
	}
	return "", ""
}

// plainWords are the likely causes behind what the parser says.
var plainWords = []struct{ says, text, advice string }{
	{"mapping values are not allowed", `a second ": " in one line, or a line that is indented deeper than the one before, which has a value already`, "align the keys; put a value with \": \" in quotes"},
	{"block sequence entries are not allowed", "an item begins where none can be", `put the "-" on a line of its own, under the key`},
	{"could not find expected ':'", `a key without ":", or text that is no part of the YAML`, `write ":" after the key, or make the line a comment with "#"`},
	{"did not find expected '-'", `a line among the items of a list has no "-"`, `write "- ", or align the line with the item it belongs to`},
	{"did not find expected key", "the line is indented otherwise than its neighbours, or something follows behind a closing quote", "align the keys that belong together"},
	{"did not find expected ',' or", "a bracket is not closed, or a comma is missing between two entries", "close the bracket, or add the comma"},
	{"unexpected end of stream", "a quote is opened and never closed", "close the quote"},
	{"unknown anchor", "a value begins with *, which stands for an anchor (&) that this document does not have; anchors do not reach over ---", "define the anchor in the same document, or put the value in quotes"},
	{"anchor", "a value begins with * or &, which YAML keeps for anchors", "put the value in quotes"},
	{"alphabetic or numeric", "a value begins with * or &, which YAML keeps for anchors", "put the value in quotes"},
	{"cannot start any token", "a value begins with a character that YAML keeps for itself (@, `, %), or a line with a tab", "put the value in quotes; indent with spaces"},
	{"directive", "a line begins with %, which YAML keeps for directives", "put the text in quotes, or indent it"},
	{"tag", "a value begins with !, which YAML keeps for tags", "put the value in quotes"},
	{"escape", `a \ in "…" begins an escape that YAML does not know, as in paths of Windows`, `write '…' instead of "…", or \\`},
	{"control characters", "it holds characters that are no text", "save it as a text file in UTF-8"},
	{"UTF-8", "it is not UTF-8", "save the file as UTF-8"},
	{"document start", "a line stands further left than the first line", "indent all top keys alike"},
	{"expected node content", "a value is missing, or a bracket or comma is too much", "write the value, or remove what is too much"},
	{"depth", "it is nested too deeply", "check that this is a manifest"},
}

// foreigners are other languages, by their first line.
var foreigners = []struct {
	begin *regexp.Regexp
	name  string
}{
	{regexp.MustCompile(`^\[\[?[\w."-]+\]\]?\s*(#.*)?$`), "TOML, or the settings of some program"},
	{regexp.MustCompile(`^<(!DOCTYPE|\?xml|[a-z]+[ >])`), "HTML or XML: perhaps a web page was saved in place of the file"},
	{regexp.MustCompile(`^(resource|provider|module|variable|terraform)\b.*\{$`), "Terraform"},
	{regexp.MustCompile(`^FROM \S+( AS \S+)?$`), "a Dockerfile"},
	{regexp.MustCompile(`^#!/`), "a script"},
}

// foreign tells texts that were never to be YAML.
func foreign(lines []line) (text, advice string) {
	for i := range lines {
		t := strings.TrimSpace(lines[i].read)
		if t == "" || strings.HasPrefix(t, "# ") || t == "---" {
			continue
		}
		for _, f := range foreigners {
			if f.begin.MatchString(t) {
				return "it looks like " + f.name, "name it otherwise, or put it into a ConfigMap as a text"
			}
		}
		break
	}
	return "", ""
}

func explain(err error) (text, advice string) {
	for _, w := range plainWords {
		if strings.Contains(err.Error(), w.says) {
			return w.text, w.advice
		}
	}
	msg := err.Error()
	return strings.TrimSpace(msg[strings.LastIndex(msg, ":")+1:]), "correct the line"
}
