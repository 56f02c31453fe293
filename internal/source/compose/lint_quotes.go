package compose

import (
	"fmt"
	"os"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// quotes reports values of the environment with quotes that belong to nobody: in the form NAME="value" of a list YAML
// does not take them away. Audit's rule of that name leaves to the reader what stands in its text, since only the
// reader can take them out of it.
func (l *linter) quotes(u *unit) {
	for _, k := range sortedKeys(u.svc.Environment) {
		at := u.path("environment", k)
		n, v := l.places.Root.Find(at...), u.svc.Environment[k]
		if n == nil || n.Kind != position.Scalar || v == nil {
			continue
		}
		if _, ok := unquoted(*v); !ok {
			continue
		}
		secret := isCredential(k, *v)
		text := fmt.Sprintf("%s is %s with the quotes, which the program will see", k, *v)
		if secret {
			text = fmt.Sprintf("the value of %s has quotes in it, which the program will see", k)
		}
		l.report("quoted-value", u, text, at...)
		p := &l.found[len(l.found)-1]
		p.Advice = "leave out the quotes: in the form NAME=value they are part of the value"
		if !secret { // a database may have been made with them
			p.Edits = l.unquote(n, k, at)
		}
	}
}

// unquoted takes the quotes from a value that has them at both ends and nowhere else.
func unquoted(s string) (string, bool) {
	if len(s) < 3 || s[0] != '\'' && s[0] != '"' || s[len(s)-1] != s[0] {
		return "", false
	}
	inner := s[1 : len(s)-1]
	return inner, !strings.ContainsAny(inner, `'"\`) && strings.TrimSpace(inner) == inner
}

// unquote is the edit of one line by which a value loses its quotes, if the file then says that and nothing else.
func (l *linter) unquote(n *position.Node, key string, at []string) []objects.Edit {
	written := strings.TrimPrefix(n.Value, key+"=")
	inner, ok := unquoted(written)
	if !ok {
		return nil
	}
	want := strings.TrimSuffix(n.Value, written) + inner
	text, err := os.ReadFile(n.File)
	if err != nil || strings.ContainsAny(strings.ReplaceAll(string(text), "\r\n", "\n"), "\r\u0085\u2028\u2029") {
		return nil // lines are not what they seem
	}
	lines := strings.SplitAfter(string(text), "\n")
	if n.Line < 1 || n.Line > len(lines) {
		return nil
	}
	old := lines[n.Line-1]
	line := strings.Replace(old, n.Value, want, 1)
	if line == old {
		return nil
	}
	lines[n.Line-1] = line
	root, err := position.Parse(n.File, []byte(strings.Join(lines, "")))
	if err != nil {
		return nil
	}
	if now := root.Find(at...); now == nil || now.Kind != position.Scalar || now.Value != want {
		return nil
	}
	return []objects.Edit{{File: l.names.show(n.File), Op: objects.EditLines, First: n.Line, Last: n.Line, Value: strings.TrimRight(line, "\r\n")}}
}
