package chart

import (
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// placer looks fields of one document up in its part of the template.
func (f *source) placer(body string, index int) func(string) (objects.Origin, bool) {
	p := f.parts[index]
	keys := sync.OnceValue(func() []keyLine { return keysOf(f.lines, p) })
	made := sync.OnceValue(func() *yaml.Node { return rendered.ParseNode([]byte(body)) })
	return func(field string) (objects.Origin, bool) {
		line, ok := find(keys(), made(), objects.ParsePath(field))
		return objects.Origin{File: f.path, Line: line, Path: field}, ok
	}
}

// keyLine is a line of a template that has a key, or an item of a list.
type keyLine struct {
	line   int
	indent int
	key    string // empty for an item that is a value
	value  string
	above  []string // the keys around it, the outermost first
}

// keysOf reads the lines of a part as if it were YAML, passing over actions.
func keysOf(lines []string, p part) []keyLine {
	var all []keyLine
	var around []keyLine
	for i := p.first; i < p.last; i++ {
		text := strings.TrimRight(lines[i], " \t\r")
		trimmed := strings.TrimLeft(text, " ")
		indent := len(text) - len(trimmed)
		if trimmed == "" || trimmed[0] == '#' || strings.HasPrefix(trimmed, "---") || strings.HasPrefix(trimmed, "{{") {
			continue
		}
		item := false
		for strings.HasPrefix(trimmed, "- ") {
			rest := strings.TrimLeft(trimmed[1:], " ")
			indent += len(trimmed) - len(rest)
			trimmed, item = rest, true
		}
		k := keyLine{line: i + 1, indent: indent, value: clean(trimmed)}
		if key, value, ok := strings.Cut(trimmed, ":"); ok && (value == "" || value[0] == ' ') && !strings.Contains(key, "{{") {
			k.key, k.value = clean(key), clean(value)
		} else if !item {
			continue
		}
		// A list may stand as deep as its key, so that the dash decides.
		for len(around) > 0 && around[len(around)-1].indent >= indent {
			around = around[:len(around)-1]
		}
		for _, a := range around {
			k.above = append(k.above, a.key)
		}
		if k.key != "" {
			around = append(around, k)
		}
		all = append(all, k)
	}
	return all
}

func clean(text string) string {
	text = strings.TrimSpace(text)
	if before, _, ok := strings.Cut(text, " #"); ok {
		text = strings.TrimSpace(before)
	}
	if len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		text = text[1 : len(text)-1]
	}
	return text
}

// find is the line of a field: that with its key and its value, or a key whose value an action gives, and of these the
// one with the right keys around it. Among equal ones the index in the last list decides.
func find(keys []keyLine, made *yaml.Node, path []objects.Step) (int, bool) {
	var names []string
	index := 0
	value := made
	for _, step := range path {
		if step.Index >= 0 {
			index = step.Index
		} else {
			names = append(names, step.Key)
		}
		_, value = rendered.Child(value, step)
	}
	if value == nil || len(names) == 0 {
		return 0, false
	}
	leaf, above := names[len(names)-1], names[:len(names)-1]
	if path[len(path)-1].Index >= 0 {
		leaf, above = "", names
	}
	best := 0
	var found []int
	for _, k := range keys {
		if k.key != leaf || value.Kind != yaml.ScalarNode && k.value != "" && leaf == "" {
			continue
		}
		score := 1
		switch {
		case value.Kind != yaml.ScalarNode:
		case k.value == value.Value:
			score += 2
		case strings.Contains(k.value, "{{"):
			before, _, _ := strings.Cut(k.value, "{{")
			if strings.HasPrefix(value.Value, before) {
				score++
			}
		case k.value == "" || k.value[0] == '|' || k.value[0] == '>':
		default:
			continue // another value is written there
		}
		shared := sharedKeys(k.above, above)
		if shared < min(len(k.above), len(above)) {
			continue
		}
		score += 10 * shared
		switch {
		case score > best:
			best, found = score, []int{k.line}
		case score == best:
			found = append(found, k.line)
		}
	}
	if len(found) == 0 {
		return 0, false
	}
	if index < len(found) {
		return found[index], true
	}
	return found[0], true
}

// sharedKeys counts from the innermost outwards the keys that are the same.
func sharedKeys(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}
