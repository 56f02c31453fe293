package script

import (
	"os"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/slipway-sh/slipway/internal/objects"
)

// walker follows the commands of a file and collects what they do.
type walker struct {
	file    string
	text    *text
	offset  int // lines before the text that is walked
	steps   int
	at      int    // line of the command that is followed
	object  string // that it makes
	result  *Result
	env     map[string]string
	written map[string]output // files that the commands write
	charts  map[string]string // chart repositories
	space   string            // the namespace that was switched to
	told    map[string]bool
	root    *os.Root
	noRoot  bool
}

// output is what a command prints, to a pipe or a file.
type output struct {
	text    string
	known   bool
	line    int    // where the text begins
	command string // that printed it
	objects []*objects.Object
}

func (w *walker) statements(stmts []*syntax.Stmt) {
	for _, s := range stmts {
		w.statement(s, output{})
	}
}

func (w *walker) line(n syntax.Node) int { return max(w.offset+int(n.Pos().Line()), 1) }

// statement follows one statement and gives what it prints.
func (w *walker) statement(s *syntax.Stmt, in output) output {
	if w.steps++; w.steps > maxSteps {
		return output{}
	}
	var to []string
	for _, r := range s.Redirs {
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			in = output{text: w.document(r.Hdoc), known: true, line: w.line(r.Word) + 1}
			if r.Hdoc != nil && r.Op == syntax.DashHdoc {
				in.text = untabbed(in.text)
			}
		case syntax.WordHdoc:
			in = output{text: w.expand(r.Word) + "\n", line: w.line(r.Word), command: "<<<"}
			in.known = known(in.text)
		case syntax.RdrIn:
			name := clean(w.expand(r.Word))
			if file, ok := w.written[name]; ok {
				in = file
			}
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll:
			if r.N == nil || r.N.Value == "1" {
				to = append(to, clean(w.expand(r.Word)))
			}
		}
	}
	out := w.command(s.Cmd, in, to)
	for _, name := range to {
		w.written[name] = out
		out = output{}
	}
	return out
}

func (w *walker) command(c syntax.Command, in output, to []string) output {
	switch c := c.(type) {
	case *syntax.CallExpr:
		return w.call(c, in, to)
	case *syntax.BinaryCmd:
		if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
			return w.statement(c.Y, w.statement(c.X, in))
		}
		w.statement(c.X, in)
		return w.statement(c.Y, in)
	case *syntax.DeclClause:
		for _, a := range c.Args {
			w.assign(a)
		}
	case *syntax.Block:
		return w.all(c.Stmts, in)
	case *syntax.Subshell:
		return w.all(c.Stmts, in)
	case *syntax.IfClause:
		for ; c != nil; c = c.Else {
			w.all(c.Cond, in)
			w.all(c.Then, in)
		}
	case *syntax.WhileClause:
		w.all(c.Cond, in)
		w.all(c.Do, in)
	case *syntax.ForClause:
		w.loop(c, in)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			w.all(item.Stmts, in)
		}
	case *syntax.FuncDecl:
		return w.statement(c.Body, in)
	case *syntax.TimeClause:
		if c.Stmt != nil {
			return w.statement(c.Stmt, in)
		}
	}
	return output{}
}

func (w *walker) all(stmts []*syntax.Stmt, in output) output {
	var out output
	for _, s := range stmts {
		out = w.statement(s, in)
	}
	return out
}

// loop runs over words that are written, and once where they are not.
func (w *walker) loop(c *syntax.ForClause, in output) {
	words, ok := c.Loop.(*syntax.WordIter)
	if !ok {
		w.all(c.Do, in)
		return
	}
	var items []string
	for _, word := range words.Items {
		if item := w.expand(word); known(item) {
			items = append(items, strings.Fields(item)...)
		}
	}
	if len(items) == 0 {
		items = []string{unknown}
	}
	for _, item := range items {
		if w.steps > maxSteps {
			return
		}
		w.env[words.Name.Value] = item
		w.all(c.Do, in)
	}
}

func (w *walker) assign(a *syntax.Assign) {
	if a.Name == nil || a.Naked || a.Array != nil || a.Index != nil {
		return
	}
	name := a.Name.Value
	value := w.expand(a.Value)
	if a.Append {
		value = w.env[name] + value
	}
	if len(value) > 4096 {
		value = unknown
	}
	w.env[name] = value
	if a.Value != nil && credential.MatchString(name) && isLiteral(asWritten(a.Value)) {
		w.plaintext(w.line(a), "", name)
	}
}

func (w *walker) problem(rule string, line int, object, text, advice string, edits ...objects.Edit) {
	w.result.Problems = append(w.result.Problems, objects.Problem{
		Rule: rule, Origin: objects.Origin{File: w.file, Line: line}, Object: object, Text: text, Advice: advice, Edits: edits,
	})
}

func untabbed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimLeft(lines[i], "\t")
	}
	return strings.Join(lines, "\n")
}

// clean is the name of a file by which it is known, however it is written.
func clean(name string) string { return strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "./") }
