package script

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Placeholder is the value of a Secret's or ConfigMap's key whose content is not at hand.
const Placeholder = "<not known here>"

// Result is what the commands of a file do.
type Result struct {
	Objects   []*objects.Object // what they create; the namespace is empty where none was written
	Installs  []string          // API groups or products that they bring: cert-manager.io, ingress-nginx
	Applies   []string          // files and folders that kubectl applies or creates from
	Manifests []Manifest        // manifests that are written in the commands themselves
	Scale     map[string]int    // services of docker compose up --scale
	Problems  []objects.Problem // what is wrong with the commands themselves
}

// Manifest is the text of a here-document, or of echo, that kubectl applies.
type Manifest struct {
	Line      int // of its first line
	Namespace string
	Text      string
}

const (
	maxSize  = 256 << 10
	maxDepth = 300    // of brackets: the parser descends for each of them and has no limit of its own
	maxSteps = 10_000 // commands, loops counted as often as they run
)

// Read returns what the commands in a text create, the API groups and products that they install, and what is wrong with
// the commands themselves. The text need not be a shell script: prompts, prose and output between commands are left out.
func Read(file string, text []byte) *Result {
	w := &walker{
		file: file, result: &Result{Scale: map[string]int{}}, env: map[string]string{},
		written: map[string]output{}, charts: map[string]string{}, told: map[string]bool{},
	}
	defer w.close()
	if why := tooMuch(text); why != "" {
		w.problem("script-not-read", 1, "", "the file is "+why+" and was not read", "Check that this is a file of commands.")
		return w.result
	}
	t := newText(file, text)
	w.text = t
	for _, p := range t.problems {
		w.problem(p.Rule, p.Origin.Line, "", p.Text, p.Advice, p.Edits...)
	}
	if t.script {
		f, err := parser().Parse(strings.NewReader(strings.Join(t.lines, "\n")), "")
		if err == nil {
			w.statements(f.Stmts)
			return w.finished()
		}
		w.notShell(err)
	}
	t.commands(func(line int, stmts []*syntax.Stmt) {
		w.offset = line - 1
		w.statements(stmts)
	})
	return w.finished()
}

func parser() *syntax.Parser { return syntax.NewParser(syntax.Variant(syntax.LangBash)) }

func (w *walker) notShell(err error) {
	line, text := 1, err.Error()
	var e syntax.ParseError
	if errors.As(err, &e) {
		line, text = int(e.Pos.Line()), e.Text
	}
	w.problem("script-not-shell", max(line, 1), "", "the shell cannot read this: "+text,
		"Mend the quotes or brackets; a shell runs the lines before the mistake and stops there.")
}

func (w *walker) finished() *Result {
	r := w.result
	slices.SortStableFunc(r.Problems, func(a, b objects.Problem) int { return cmp.Compare(a.Origin.Line, b.Origin.Line) })
	slices.Sort(r.Installs)
	r.Installs = slices.Compact(r.Installs)
	return r
}

// tooMuch says what about a text would cost more than any file of commands does; empty if nothing does.
func tooMuch(text []byte) string {
	if len(text) > maxSize {
		return "larger than 256 KiB"
	}
	depth := 0
	for _, c := range text {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		}
		if depth > maxDepth {
			return "nested too deep"
		}
	}
	return ""
}

// beside reads a file below the folder of the script.
func (w *walker) beside(name string) ([]byte, bool) {
	if w.file == "" || w.file == "-" || w.noRoot {
		return nil, false
	}
	if w.root == nil {
		root, err := os.OpenRoot(filepath.Dir(w.file))
		if err != nil {
			w.noRoot = true
			return nil, false
		}
		w.root = root
	}
	info, err := w.root.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil, false
	}
	text, err := w.root.ReadFile(name)
	return text, err == nil
}

func (w *walker) close() {
	if w.root != nil {
		w.root.Close()
	}
}
