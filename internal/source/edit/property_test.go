package edit_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/edit"
	"go.yaml.in/yaml/v4"
)

// place is a value in generated text: the lines it takes with its key, and the one around it.
type place struct {
	path        string
	first, last int // lines, from 0
	kind        string
	kids        []*place
	parent      *place
}

// writer generates YAML in a style that changes from line to line, as people's does. Every comment is unique.
type writer struct {
	*rand.Rand
	lines  []string
	places []*place
	n      int
}

func (w *writer) comment() string {
	if w.IntN(3) > 0 {
		return strings.Repeat(" ", w.IntN(2))
	}
	w.n++
	return fmt.Sprintf("%s# été %d ☀", strings.Repeat(" ", 1+w.IntN(3)), w.n)
}

func (w *writer) between(indent int) {
	switch w.IntN(8) {
	case 0:
		w.lines = append(w.lines, "")
	case 1:
		w.n++
		w.lines = append(w.lines, fmt.Sprintf("%s# line %d", strings.Repeat(" ", indent), w.n))
	}
}

var scalars = []string{
	"plain", "two words", `"double é"`, "'single'", "12", "true", "", "null", "1.5", `"#"`, "a#b", "http://x:80/", "{a: 1, b: [x, y]}",
	"[1, two, \"3\"]", "{}", "[]", "&anchor v", "!!str 5", "~", `"esc \" q"`, "'it''s'", "日本",
}

// value writes a value behind a key or dash that prefix holds.
func (w *writer) value(p *place, prefix string, indent, depth int) {
	p.first = len(w.lines)
	switch kind := w.IntN(7); {
	case kind <= 1 && depth < 4:
		w.lines = append(w.lines, prefix+w.comment())
		w.mapping(p, indent+1+w.IntN(4), depth+1, "")
	case kind <= 3 && depth < 4:
		w.lines = append(w.lines, prefix+w.comment())
		least := 0
		if strings.HasSuffix(prefix, "-") {
			least = 1
		}
		w.list(p, indent+least+w.IntN(3), depth+1)
	case kind == 4:
		p.kind = "block"
		w.n++
		w.lines = append(w.lines, prefix+" "+[]string{"|", "|-", ">", "|+", ">-"}[w.IntN(5)]+w.comment())
		pad := strings.Repeat(" ", indent+1+w.IntN(4))
		for range 1 + w.IntN(3) {
			w.lines = append(w.lines, fmt.Sprintf("%s# text: %d", pad, w.n), "")
		}
	default:
		p.kind = "scalar"
		w.lines = append(w.lines, strings.TrimRight(prefix+" "+scalars[w.IntN(len(scalars))], " ")+w.comment())
	}
	p.last = len(w.lines) - 1
}

func (w *writer) add(parent *place, step string) *place {
	p := &place{path: parent.path + step, parent: parent}
	parent.kids = append(parent.kids, p)
	w.places = append(w.places, p)
	return p
}

func (w *writer) mapping(p *place, indent, depth int, start string) {
	p.kind = "map"
	for i := range 1 + w.IntN(4) {
		pad := strings.Repeat(" ", indent)
		if i == 0 && start != "" {
			pad = start
		} else {
			w.between(indent)
		}
		key := fmt.Sprintf("k%d", i)
		w.value(w.add(p, "."+key), pad+key+":", indent, depth)
	}
}

func (w *writer) list(p *place, indent, depth int) {
	p.kind = "list"
	for i := range 1 + w.IntN(3) {
		w.between(indent)
		pad := strings.Repeat(" ", indent)
		item := w.add(p, fmt.Sprintf("[%d]", i))
		if w.IntN(2) == 0 {
			item.first = len(w.lines)
			gap := 1 + w.IntN(3)
			w.mapping(item, indent+1+gap, depth+1, pad+"-"+strings.Repeat(" ", gap))
			item.last = len(w.lines) - 1
			continue
		}
		w.value(item, pad+"-", indent, depth)
	}
}

var newValues = []any{
	"text", "yes", "0123", "", "a: b", "two\nlines\n", int64(7), 2.5, true, nil, "é # x",
	[]any{"a", map[string]any{"b": int64(1)}}, map[string]any{"x": "1", "y": []any{}}, map[string]any{}, []any{},
	objects.Ordered{{Key: "z", Value: "on"}, {Key: "k0", Value: objects.Ordered{{Key: "k0", Value: "new"}}}},
}

func TestRandomEditsTouchNothingElse(t *testing.T) {
	for seed := range uint64(2500) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 1))}
		root := &place{}
		w.mapping(root, 0, 0, "")
		root.last = len(w.lines) - 1
		nl := []string{"\n", "\r\n"}[w.IntN(2)]
		text := strings.Join(w.lines, nl) + []string{nl, ""}[w.IntN(2)]
		var before any
		if err := yaml.Unmarshal([]byte(text), &before); err != nil {
			continue // an alias of chance: not what is tested
		}
		p := w.places[w.IntN(len(w.places))]
		e := objects.Edit{Op: objects.EditSet, Path: strings.TrimPrefix(p.path, "."), Value: newValues[w.IntN(len(newValues))]}
		first, last := p.first, p.last
		switch w.IntN(4) {
		case 0:
			e.Op, e.Value = objects.EditRemove, nil
			switch kids := p.parent.kids; {
			case len(kids) == 1:
				first, last = min(first, p.parent.first), p.parent.last
			case p == kids[0] && p.parent.parent != nil && p.first == p.parent.first:
				last = kids[1].first // takes its place behind the dash
			}
		case 1:
			switch p.kind {
			case "map":
				e.Path += ".new"
			case "list":
				e.Path += fmt.Sprintf("[%d]", len(p.kids))
			}
		}
		out, left := edit.Apply([]byte(text), []objects.Edit{e})
		if len(left) > 0 {
			t.Fatalf("seed %d, %s %v: %v\n%s", seed, e.Op, e.Value, left[0].Err, text)
		}
		var after any
		if err := yaml.Unmarshal(out, &after); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, out)
		}
		wanted := applied(before, e)
		if !reflect.DeepEqual(after, wanted) {
			t.Fatalf("seed %d, %s %s %v:\n%s\n%v\n%v", seed, e.Op, e.Path, e.Value, edit.Diff("x", []byte(text), out), after, wanted)
		}
		if lost := outside(w.lines, strings.Split(string(out), nl), first, last); lost != "" {
			t.Fatalf("seed %d, %s %s %v: %s\n%s", seed, e.Op, e.Path, e.Value, lost, edit.Diff("x", []byte(text), out))
		}
		if strings.Contains(strings.ReplaceAll(string(out), "\r\n", ""), "\n") && nl == "\r\n" && strings.Contains(text, nl) {
			t.Fatalf("seed %d: a line break of another sort", seed)
		}
		if again, left := edit.Apply(out, []objects.Edit{e}); e.Op == objects.EditSet && (string(again) != string(out) || len(left) > 0) {
			t.Fatalf("seed %d: setting twice changes\n%s", seed, edit.Diff("x", out, again))
		}
	}
}

// outside checks that the lines before first and behind last are there unchanged, apart from comments next to them and
// the indicator of a block scalar at the end of a file.
func outside(before, after []string, first, last int) string {
	for first > 0 && strings.HasPrefix(strings.TrimSpace(before[first-1]), "#") {
		first--
	}
	for last+1 < len(before) && strings.HasPrefix(strings.TrimSpace(before[last+1])+"#", "#") { // blank lines: of a "|+"
		last++
	}
	for i := range first {
		if i >= len(after) || after[i] != before[i] && !strings.Contains(before[i], "|") && !strings.Contains(before[i], ">") {
			return fmt.Sprintf("line %d was %q", i+1, before[i])
		}
	}
	for len(after) > 0 && after[len(after)-1] == "" {
		after = after[:len(after)-1]
	}
	for len(before) > 0 && before[len(before)-1] == "" {
		before = before[:len(before)-1]
	}
	for i := len(before) - 1; i > last; i-- {
		if j := len(after) - (len(before) - i); j < 0 || after[j] != before[i] {
			return fmt.Sprintf("line %d was %q", i+1, before[i])
		}
	}
	return ""
}

// applied is the edit made on decoded data.
func applied(data any, e objects.Edit) any {
	return at(data, objects.ParsePath(e.Path), e)
}

func at(data any, steps []objects.Step, e objects.Edit) any {
	if len(steps) == 0 {
		return natural(e.Value)
	}
	s, remove := steps[0], len(steps) == 1 && e.Op == objects.EditRemove
	if list, ok := data.([]any); ok {
		out := append([]any{}, list...)
		switch {
		case remove:
			return append(out[:s.Index], out[s.Index+1:]...)
		case s.Index == len(out):
			return append(out, at(nil, steps[1:], e))
		}
		out[s.Index] = at(out[s.Index], steps[1:], e)
		return out
	}
	out := map[string]any{}
	for k, v := range data.(map[string]any) {
		out[k] = v
	}
	if remove {
		delete(out, s.Key)
	} else {
		out[s.Key] = at(out[s.Key], steps[1:], e)
	}
	return out
}

// natural is a value as the parser gives it.
func natural(v any) any {
	switch v := v.(type) {
	case int64:
		return int(v)
	case objects.Ordered:
		out := map[string]any{}
		for _, kv := range v {
			out[kv.Key] = natural(kv.Value)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[k] = natural(x)
		}
		return out
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, natural(x))
		}
		return out
	}
	return v
}

func TestManyRandomEditsAreAsGoodAsOneAfterTheOther(t *testing.T) {
	for seed := range uint64(600) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 2))}
		w.mapping(&place{}, 0, 0, "")
		text := []byte(strings.Join(w.lines, "\n") + "\n")
		var edits []objects.Edit
		for i := range 6 {
			p := w.places[w.IntN(len(w.places))]
			if p.kind != "map" && p.kind != "scalar" {
				continue
			}
			e := objects.Edit{Op: objects.EditSet, Path: strings.TrimPrefix(p.path, "."), Value: strconv.Itoa(i)}
			if p.kind == "map" {
				e.Path += fmt.Sprintf(".new%d", i)
			}
			edits = append(edits, e)
		}
		var before, after, wanted any
		if yaml.Unmarshal(text, &before) != nil {
			continue
		}
		out, left := edit.Apply(text, edits)
		wanted, one := before, text
		for _, e := range edits {
			wanted = applied(wanted, e)
			one, _ = edit.Apply(one, []objects.Edit{e})
		}
		if err := yaml.Unmarshal(out, &after); err != nil || len(left) > 0 || !reflect.DeepEqual(after, wanted) {
			t.Fatalf("seed %d: %v %v\n%v\n%s", seed, err, left, edits, edit.Diff("x", text, out))
		}
		if string(one) != string(out) {
			t.Fatalf("seed %d: one after the other it is\n%s", seed, edit.Diff("x", out, one))
		}
	}
}
