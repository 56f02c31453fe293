package terraform

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Limits of what is parsed. The parser descends once for every open bracket and every sign, and has no limit of its own.
const (
	maxSize     = 256 << 10
	maxDepth    = 500
	maxHeredocs = 2000
	maxRepairs  = 20
	maxReported = 5
)

// file is one file as written and as it could be read.
type file struct {
	name    string
	text    []byte          // as written
	src     []byte          // as it was parsed: mended, and with blanks for what could not be
	body    *hclsyntax.Body // nil if nothing could be read
	blanked map[int]bool    // lines
	bad     int             // lines that were not HCL
	lines   []textLine      // of src, when it is final
}

var (
	elision    = regexp.MustCompile(`^\s*(\.{2,}|…|\[\.{3}\]|<[^<>=]*>)\s*$`)
	typography = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«\u00a0", `"`, "\u00a0»", `"`, "\u00a0", " ", "\u202f", " ", "\u200b", "")
)

// parse reads a file, and a file that is not HCL as if the lines that are not were blank.
func (m *module) parse(name string, text []byte) *file {
	f := &file{name: name, text: text, blanked: map[int]bool{}}
	if why := tooMuch(text); why != "" {
		m.notHCL(f, 1, "the file is "+why+" and was not read", "Check that this is a Terraform file.")
		return f
	}
	f.src = bytes.Clone(bytes.TrimPrefix(text, []byte("\ufeff")))
	for line := range lines(f.src) {
		if elision.Match(line.text) {
			m.notHCL(f, line.number, fmt.Sprintf("%q stands for something that was left out, and is not HCL", strings.TrimSpace(string(line.text))),
				"Write what belongs here, or remove the line.")
			f.blank(line)
		}
	}
	for range maxRepairs {
		tree, diags := hclsyntax.ParseConfig(f.src, name, hcl.InitialPos)
		if tree != nil {
			f.body, _ = tree.Body.(*hclsyntax.Body)
		}
		bad := firstError(diags)
		if bad == nil || !m.repair(f, bad) {
			break
		}
	}
	return f
}

// repair makes a file parse beyond an error. It fails where there is nothing left to try.
func (m *module) repair(f *file, bad *hcl.Diagnostic) bool {
	line, ok := lineAt(f.src, bad.Subject)
	if !ok {
		m.notHCL(f, startLine(bad.Subject), sentence(bad), "")
		return false
	}
	if mended := typography.Replace(string(line.text)); mended != string(line.text) {
		m.notHCL(f, line.number, "typographic quotes or spaces, as word processors write them, are not HCL", `Write plain quotes (") and spaces.`)
		m.found[len(m.found)-1].mends = line.number
		f.src = append(append(bytes.Clone(f.src[:line.start]), mended...), f.src[line.end:]...)
		return true
	}
	m.notHCL(f, line.number, sentence(bad), "")
	switch {
	case strings.HasPrefix(bad.Summary, "Unclosed configuration block"):
		f.src = append(f.src, "\n}"...)
	case len(bytes.TrimSpace(line.text)) == 0:
		return false
	default:
		f.blank(line)
	}
	return true
}

// notHCL reports a line. After some of them the file is prose or broken as a whole, and each further line says nothing.
func (m *module) notHCL(f *file, line int, text, advice string) {
	if f.bad++; f.bad > maxReported {
		return
	}
	m.found = append(m.found, finding{file: f, Problem: objects.Problem{
		Rule: "terraform-not-hcl", Origin: objects.Origin{File: f.name, Line: line}, Text: text, Advice: advice,
	}})
}

// tooMuch says what about a text would make the parser descend without end; empty if nothing does.
func tooMuch(text []byte) string {
	if len(text) > maxSize {
		return "larger than 256 KiB"
	}
	if bytes.Count(text, []byte("<<")) > maxHeredocs {
		return "full of heredocs"
	}
	depth, run := 0, 0
	for _, c := range text {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case '!', '-':
			run++
		case ' ', '\t', '\r', '\n':
		default:
			run = 0
		}
		if depth > maxDepth || run > 2*maxDepth {
			return "nested too deep"
		}
	}
	return ""
}

func firstError(diags hcl.Diagnostics) *hcl.Diagnostic {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return d
		}
	}
	return nil
}

// sentence is a diagnostic as one sentence.
func sentence(d *hcl.Diagnostic) string {
	detail, _, _ := strings.Cut(d.Detail, "\n")
	detail = strings.TrimSuffix(detail, ".")
	if detail == "" {
		return "Terraform cannot read this: " + d.Summary
	}
	return "Terraform cannot read this: " + d.Summary + ": " + detail
}

func startLine(r *hcl.Range) int {
	if r == nil {
		return 1
	}
	return r.Start.Line
}
