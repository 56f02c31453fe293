package objects

import (
	"strconv"
	"strings"
)

// Step is one step of a field path: a key of a mapping, or an index of a list.
type Step struct {
	Key   string
	Index int // -1 for a key
}

// ParsePath splits a field path as API errors write them: spec.containers[0].image, and keys that hold dots or slashes
// in brackets: metadata.annotations[kubernetes.io/ingress.class].
func ParsePath(path string) []Step {
	var steps []Step
	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return append(steps, Step{Key: path[1:], Index: -1})
			}
			steps = append(steps, bracketed(path[1:end]))
			path = path[end+1:]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			steps = append(steps, Step{Key: path[:end], Index: -1})
			path = path[end:]
		}
	}
	return steps
}

func bracketed(text string) Step {
	if i, err := strconv.Atoi(text); err == nil && i >= 0 {
		return Step{Index: i}
	}
	return Step{Key: text, Index: -1}
}

// JoinPath is the reverse of ParsePath.
func JoinPath(steps ...Step) string {
	var b strings.Builder
	for _, s := range steps {
		switch {
		case s.Index >= 0:
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		case strings.ContainsAny(s.Key, ".[]/") || s.Key == "" || allDigits(s.Key):
			b.WriteString("[" + s.Key + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Key)
		}
	}
	return b.String()
}

func allDigits(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
