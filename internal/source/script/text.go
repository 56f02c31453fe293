package script

import (
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/slipway-sh/slipway/internal/objects"
)

// window is how many lines a command may have, its here-document counted.
const window = 400

var (
	// prompt is what stands in front of a command: bullets and numbers of a list, the prompt of a shell.
	prompt = regexp.MustCompile(`^\s*(?:(?:[•*+]|-|\d+[.)])\s+)?(?:(?:\[?[\w.-]+@[\w.-]+[^\s$#%]*(?: [^\s$#%]+)?\]?|\([\w./-]+\))?\s*[$%❯➜]\s+|PS [^>\n]*>\s*|[A-Z]:\\[^>\n]*>\s*)?`)
	root   = regexp.MustCompile(`^\s*(?:\[?[\w.-]+@[\w.-]+[^\s$#%]*(?: [^\s$#%]+)?\]?)?#\s+`)
	shell  = regexp.MustCompile(`^\s*(?:\S*[$%❯➜]|PS [^>\n]*>)\s+\S`)

	command = regexp.MustCompile(`^(?:[A-Za-z_]\w*=\S*\s+)*(?:(?:sudo|time|env|exec)\s+(?:-\w+\s+)*)?(?:\S*/)?(?:kubectl|oc|k3s|microk8s|minikube|helm|docker-compose|docker|podman|podman-compose|nerdctl|kubens|istioctl|linkerd|flux|mysql|mysqldump|mariadb|psql|redis-cli|curl|kubeseal)(?:\.exe)?\s+\S`)
	helper  = regexp.MustCompile(`^(?:echo|printf|cat|tee)\s.*[>|]|^export\s+[A-Za-z_]\w*=|^(?:for|while|until)\s.*\bdo\b|^for\s+\w+\s+in\s|^if\s.*;\s*then\b`)
	setting = regexp.MustCompile(`^[A-Za-z_]\w*=\S`)
	windows = regexp.MustCompile(`^\S*\.exe\s|^PS |\s\.\\`)
	folder  = regexp.MustCompile(`\\([\w.])`)
	trailed = regexp.MustCompile("\\\\[ \t]+$")
	quoted  = regexp.MustCompile("`([^`\n]+)`")
)

// text is a file of commands, line by line, as a shell would have to be given it.
type text struct {
	lines    []string
	script   bool // a shell script, to be parsed as a whole
	hash     bool // "# " is a prompt
	prompts  bool // it is a transcript, with prompts
	problems []objects.Problem
}

func newText(file string, raw []byte) *text {
	t := &text{lines: strings.Split(strings.TrimPrefix(string(raw), "\ufeff"), "\n")}
	t.script = strings.HasPrefix(t.lines[0], "#!") || slices.Contains([]string{".sh", ".bash", ".zsh", ".ksh"}, filepath.Ext(file))
	bare := false
	for _, line := range t.lines {
		t.prompts = t.prompts || !t.script && shell.MatchString(line)
		bare = bare || t.prompts || command.MatchString(line)
	}
	t.hash = !t.script && !bare
	here := ""
	for i, line := range t.lines {
		line = strings.TrimSuffix(line, "\r")
		if here != "" {
			if strings.TrimSpace(line) == here {
				here = ""
			}
			t.lines[i] = line
			continue
		}
		t.lines[i] = t.mended(file, i, line)
		if m := heredoc.FindStringSubmatch(line); m != nil && (command.MatchString(t.stripped(i)) || helper.MatchString(t.stripped(i))) {
			here = m[1]
		}
	}
	return t
}

var heredoc = regexp.MustCompile(`(?:^|[^<])<<-?\s*["'\\]?(\w+)`)

// stripped is a line without its prompt.
func (t *text) stripped(i int) string {
	line := t.lines[i]
	rest := line[len(prompt.FindString(line)):]
	if t.hash && root.MatchString(line) {
		rest = line[len(root.FindString(line)):]
	}
	return rest
}

var typography = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "\u00a0", " ", "\u202f", " ", "\u200b", "")

var longDash = regexp.MustCompile(`(^|\s)[–—]-?([a-z])`)

// mended is a line as its writer meant it. What a word processor or a page made of it is a problem: pasted into a shell,
// the command does something else.
func (t *text) mended(file string, i int, line string) string {
	t.lines[i] = line
	start := t.stripped(i)
	continued := i > 0 && strings.HasSuffix(t.lines[i-1], `\`) && !strings.HasPrefix(strings.TrimSpace(t.lines[i-1]), "#")
	if !continued && !command.MatchString(start) && !command.MatchString(typography.Replace(start)) {
		return line
	}
	plain := longDash.ReplaceAllString(typography.Replace(line), "$1--$2")
	clean := plain
	if trailed.MatchString(plain) {
		clean = strings.TrimRight(plain, " \t")
	}
	// Pages that show a session often have spaces at the end of lines; nobody runs them as they are.
	if plain != line && (!t.prompts || strings.TrimSpace(plain) != strings.TrimSpace(line)) {
		t.report(file, i, "command-typography", "typographic dashes, quotes or spaces, as word processors write them, are not what the shell takes as such",
			`Write "--", plain quotes and plain spaces.`, clean)
	}
	if clean != plain && !t.prompts && i+1 < len(t.lines) && strings.HasPrefix(strings.TrimSpace(t.lines[i+1]), "-") {
		t.report(file, i, "continuation-with-space", `a space after the "\" ends the command here: the next line is run as a command of its own`,
			`Remove the space after "\".`, clean)
	}
	plain = clean
	if windows.MatchString(start) {
		plain = folder.ReplaceAllString(plain, "/$1")
		if strings.HasSuffix(plain, " `") {
			plain = strings.TrimSuffix(plain, "`") + `\`
		}
	}
	return plain
}

func (t *text) report(file string, i int, rule, what, advice, line string) {
	t.problems = append(t.problems, objects.Problem{
		Rule: rule, Origin: objects.Origin{File: file, Line: i + 1}, Text: what, Advice: advice,
		Edits: []objects.Edit{{File: file, Op: objects.EditLines, First: i + 1, Last: i + 1, Value: line}},
	})
}

// commands calls fn with what is parsed of every line that begins with a command, and of commands in backquotes.
func (t *text) commands(fn func(line int, stmts []*syntax.Stmt)) {
	for i := 0; i < len(t.lines); i++ {
		start := t.stripped(i)
		if start == t.lines[i] && strings.HasPrefix(strings.TrimSpace(start), "#") && !t.hash {
			continue
		}
		start = strings.TrimSpace(start)
		// In a list, NAME=value is what a program gets and no command.
		sets := setting.MatchString(start) && (shell.MatchString(t.lines[i]) || setting.MatchString(t.lines[i]))
		if !command.MatchString(start) && !helper.MatchString(start) && !sets {
			for _, span := range quoted.FindAllStringSubmatch(t.lines[i], -1) {
				if command.MatchString(span[1]) {
					stmts, _ := statements(strings.NewReader(typography.Replace(span[1])))
					fn(i+1, stmts)
				}
			}
			continue
		}
		stmts, last := statements(io.MultiReader(strings.NewReader(start+"\n"), t.after(i)))
		if stmts == nil {
			stmts, last = statements(strings.NewReader(escaped.Replace(start)))
		}
		fn(i+1, stmts)
		i += max(last-1, 0)
	}
}

// escaped makes words of a line that the shell does not take, such as <name>.
var escaped = strings.NewReplacer("<", `\<`, ">", `\>`, "(", `\(`, ")", `\)`, "'", `\'`, "`", "\\`")

// after reads the lines after one, without the ">" with which a shell asks for more.
func (t *text) after(i int) io.Reader {
	rest := t.lines[i+1 : min(i+1+window, len(t.lines))]
	if len(rest) > 0 && strings.HasPrefix(rest[0], "> ") {
		rest = slices.Clone(rest)
		for j, l := range rest {
			if !strings.HasPrefix(l, ">") {
				break
			}
			rest[j] = strings.TrimPrefix(strings.TrimPrefix(l, ">"), " ")
		}
	}
	return strings.NewReader(strings.Join(rest, "\n"))
}

// statements parses the statements that begin on the first line, and says on which line they end.
func statements(r io.Reader) (stmts []*syntax.Stmt, last int) {
	last = 1
	done := false
	// Called, not ranged over: after it was told to stop, the parser may still hand over the error it stopped at.
	parser().StmtsSeq(r)(func(s *syntax.Stmt, err error) bool {
		if done || err != nil || s == nil || s.Pos().Line() > 1 {
			done = true
			return false
		}
		stmts = append(stmts, s)
		last = max(last, int(s.End().Line()))
		return true
	})
	return stmts, last
}
