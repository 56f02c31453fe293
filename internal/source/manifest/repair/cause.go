package repair

import (
	"fmt"
	"strings"
)

// cause is one reason why a text is not what its author meant.
type cause uint8

const (
	encoding cause = iota
	control
	typographic
	elision
	leftOut
	template
	tabs
	indentation
	fence
	shell
	stray
	colon
	spaceAfterColon
	spaceAfterDash
	colonInValue
	reserved
	innerQuote
	openQuote
	openBracket
	comma
	missingComma
	separator
	count
)

// causes is a set of them.
type causes uint32

func (s causes) with(c cause) causes { return s | 1<<c }
func (s causes) has(c cause) bool    { return s&(1<<c) != 0 }

// words are what is said of a cause. In the text, %s stands for the lines: "line 3" or "5 lines".
var words = [count]struct {
	rule, text, advice string
	partial            bool // what is read is not all that was meant
}{
	encoding: {"not-yaml", "%s not UTF-8: saved as Windows-1252 or Latin-1, as old editors do",
		"save the file as UTF-8", false},
	control: {"not-yaml", "%s control characters, which YAML does not allow: copied from a terminal, or colours in the output of a command",
		"remove them", false},
	typographic: {"typographic-characters", "", "", false},
	elision: {"typographic-characters", "an ellipsis stands for something that was left out, in %s",
		"write what belongs there, or remove the line", true},
	leftOut: {"not-yaml", "three dots stand for something that was left out, in %s",
		"write what belongs there, or remove the line", true},
	template: {"template", "", "", true},
	tabs: {"tab-indentation", "%s with tabs; YAML is indented with spaces alone",
		"indent with spaces, and have the editor do so for YAML", false},
	indentation: {"bad-indentation", "%s not indented as the keys around: an indentation was lost or added in copying",
		"align the keys that belong together", false},
	fence: {"not-yaml", "%s a fence of Markdown (```), not YAML: copied with the code block around it",
		"remove the fences", false},
	shell: {"not-yaml", "%s a command or prompt of a shell, not YAML: copied from a terminal or a script",
		"remove it; keep commands in a script of their own", false},
	stray: {"not-yaml", "%s text that is no part of the YAML: copied with the title or button of a code block",
		`remove it, or make it a comment with "#"`, false},
	colon: {"not-yaml", `%s a key without ":"`, `write ":" after the key`, false},
	spaceAfterColon: {"not-yaml", `%s no space after ":", so that key and value are one word to YAML`,
		`write a space after ":"`, false},
	spaceAfterDash: {"not-yaml", `%s no space after "-", so that the item is a key that begins with "-" to YAML`,
		`write a space after "-"`, false},
	colonInValue: {"not-yaml", `%s a value with ": " in it, which begins another value to YAML`,
		"put the value in quotes", false},
	reserved: {"not-yaml", "%s a value that begins with a character that YAML keeps for itself",
		"put the value in quotes", false},
	innerQuote: {"not-yaml", "%s a quote inside a text in the same quotes, which ends it",
		`write '' for an apostrophe inside '…'`, false},
	openQuote:   {"not-yaml", "%s a quote that is opened and not closed", "close the quote", false},
	openBracket: {"not-yaml", "%s a bracket that is opened and not closed", "close the bracket", false},
	comma: {"not-yaml", "%s a comma after the last entry, which JSON does not allow: strict readers refuse the file",
		"remove the comma", false},
	missingComma: {"not-yaml", "%s no comma after an entry that another follows", "write the comma", false},
	separator:    {"not-yaml", `%s dashes of another number than the three that divide documents`, `write "---"`, false},
}

// verbs begin the text of a cause, for one line and for several.
var verbs = [count][2]string{
	encoding: {"is", "are"}, control: {"holds", "hold"}, tabs: {"is indented", "are indented"}, indentation: {"is", "are"},
	fence: {"is", "are"}, shell: {"is", "are"}, stray: {"is", "are"}, colon: {"has", "have"}, spaceAfterColon: {"has", "have"},
	spaceAfterDash: {"has", "have"}, colonInValue: {"has", "have"}, reserved: {"has", "have"}, innerQuote: {"has", "have"},
	openQuote: {"has", "have"}, openBracket: {"has", "have"}, comma: {"has", "have"}, missingComma: {"has", "have"}, separator: {"has", "have"},
}

// say is the text of a cause that was found in so many lines, the first of them given.
func (c cause) say(first, lines int) string {
	which, v := fmt.Sprintf("line %d", first), verbs[c][0]
	if lines > 1 {
		which, v = fmt.Sprintf("%d lines", lines), verbs[c][1]
	}
	if v != "" {
		which += " " + v
	}
	return strings.Replace(words[c].text, "%s", which, 1)
}
