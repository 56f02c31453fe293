package environ

import "strings"

// Expand replaces $(NAME) by what lookup knows; what it does not know stays as it is, and $$ is a plain dollar.
// See https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
func Expand(s string, lookup func(string) (string, bool)) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 || i+1 == len(s) {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		rest := s[i+1:]
		switch end := strings.IndexByte(rest, ')'); {
		case rest[0] == '$':
			out.WriteByte('$')
			s = rest[1:]
		case rest[0] == '(' && end > 0:
			if v, ok := lookup(rest[1:end]); ok {
				out.WriteString(v)
			} else {
				out.WriteString("$" + rest[:end+1])
			}
			s = rest[end+1:]
		default:
			out.WriteByte('$')
			s = rest
		}
	}
}

// ExpandAll expands each.
func ExpandAll(list []string, lookup func(string) (string, bool)) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, Expand(s, lookup))
	}
	return out
}
