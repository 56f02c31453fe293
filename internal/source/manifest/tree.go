package manifest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
)

// place is where a value was written, and those inside it. Keys and values are not kept: an application of a hundred
// thousand objects has millions of them.
type place struct {
	key  string
	line int32
	raw  string // of a plain scalar that is no text: 1.10
	kids []place
}

// tree turns a YAML document into the value that a Kubernetes client would send, and remembers its places.
type tree struct {
	count      int
	active     map[*yaml.Node]bool // aliases that are being followed
	steps      []objects.Step      // to the value that is being read
	duplicates []duplicate
}

type duplicate struct {
	line int32
	path string
}

// maxNodes bounds what the aliases of one document may expand to.
const maxNodes = 200_000

var errTooLarge = errors.New("its aliases expand to too much")

func (t *tree) value(n *yaml.Node, at *place, depth int) (any, error) {
	if t.count++; t.count > maxNodes || depth > 500 {
		return nil, errTooLarge
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil
		}
		at.line = line(n.Content[0])
		return t.value(n.Content[0], at, depth+1)
	case yaml.AliasNode:
		if t.active[n.Alias] {
			return nil, errors.New("an alias stands inside what it names")
		}
		if t.active == nil {
			t.active = map[*yaml.Node]bool{}
		}
		t.active[n.Alias] = true
		defer delete(t.active, n.Alias)
		return t.value(n.Alias, at, depth+1)
	case yaml.MappingNode:
		return t.mapping(n, at, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		at.kids = make([]place, len(n.Content))
		for i, c := range n.Content {
			at.kids[i].line = line(c)
			t.steps = append(t.steps, objects.Step{Index: i})
			v, err := t.value(c, &at.kids[i], depth+1)
			t.steps = t.steps[:len(t.steps)-1]
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	v := scalar(n)
	if _, ok := v.(string); !ok {
		at.raw = n.Value
	}
	return v, nil
}

func (t *tree) mapping(n *yaml.Node, at *place, depth int) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	at.kids = make([]place, 0, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style == 0 {
			merged = append(merged, v)
			continue
		}
		key, err := t.key(k, depth)
		if err != nil {
			return nil, err
		}
		at.kids = append(at.kids, place{key: key, line: line(k)})
		t.steps = append(t.steps, objects.Step{Key: key, Index: -1})
		val, err := t.value(v, &at.kids[len(at.kids)-1], depth+1)
		if err != nil {
			return nil, err
		}
		if _, twice := m[key]; twice {
			t.duplicates = append(t.duplicates, duplicate{line(k), objects.JoinPath(t.steps...)})
		}
		t.steps = t.steps[:len(t.steps)-1]
		m[key] = val
	}
	for _, v := range merged {
		if err := t.merge(v, m, at, depth); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// merge lays a mapping, or a list of them, under the keys that are there: https://yaml.org/type/merge.html
func (t *tree) merge(n *yaml.Node, m map[string]any, at *place, depth int) error {
	var from place
	v, err := t.value(n, &from, depth+1)
	if err != nil {
		return err
	}
	lists, places := []any{v}, []place{from}
	if l, ok := v.([]any); ok {
		lists, places = l, from.kids
	}
	for i, one := range lists {
		under, ok := one.(map[string]any)
		if !ok {
			return errors.New("a merge key stands for something that is no mapping")
		}
		for _, kid := range places[i].kids {
			if _, there := m[kid.key]; !there {
				m[kid.key] = under[kid.key]
				at.kids = append(at.kids, kid)
			}
		}
	}
	return nil
}

// key reads a key as the JSON that a client sends has it: a text.
func (t *tree) key(n *yaml.Node, depth int) (string, error) {
	v, err := t.value(n, &place{}, depth+1)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, int64, float64:
		return fmt.Sprint(v), nil
	case nil:
		return "null", nil
	}
	return "", errors.New("a key is no text")
}

// scalar resolves a scalar as the Kubernetes clients do, by YAML 1.1: yes and on are true.
func scalar(n *yaml.Node) any {
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 || n.Tag == "!!str" && n.Style&yaml.TaggedStyle != 0 {
		return n.Value
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y":
		return true
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N":
		return false
	}
	return number(n.Value)
}

// number reads a plain text that may be a number.
func number(text string) any {
	c := text[0]
	if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' {
		return text
	}
	plain := strings.ReplaceAll(text, "_", "")
	if i, err := strconv.ParseInt(plain, 0, 64); err == nil {
		return i
	}
	if strings.ContainsAny(plain, "xXpP") {
		return text
	}
	if f, err := strconv.ParseFloat(plain, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		if whole := math.Trunc(f); whole == f && math.Abs(f) < 1<<53 {
			return int64(f) // as the JSON of a client has it: 1.0 is 1
		}
		return f
	}
	return text
}

func line(n *yaml.Node) int32 { return int32(min(n.Line, math.MaxInt32)) } //nolint:gosec // bounded in the same expression

// find walks along a path as far as there are places, and gives the last of them.
func (p *place) find(steps []objects.Step) *place {
	for _, s := range steps {
		next := p.child(s)
		if next == nil {
			return p
		}
		p = next
	}
	return p
}

func (p *place) child(s objects.Step) *place {
	if s.Index >= 0 && s.Index < len(p.kids) && p.kids[s.Index].key == "" {
		return &p.kids[s.Index]
	}
	key := s.Key
	if s.Index >= 0 {
		key = strconv.Itoa(s.Index)
	}
	for i := range p.kids {
		if k := &p.kids[i]; k.key == key && key != "" {
			return k
		}
	}
	return nil
}
