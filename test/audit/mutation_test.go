package audit

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Mutation is a document with one mistake in it, or with one change that only looks like a mistake.
type Mutation struct {
	Name string // the document, what was done, and where
	Text []byte
}

// Mutations makes each sort of mistake in each document at one place that the seed chooses, if there is a place for it.
// The same seed makes the same mutations.
func Mutations(docs []Doc, seed int64) []Mutation {
	var all []Mutation
	seen := map[string]bool{}
	for _, d := range docs {
		seen[string(bytes.TrimSpace(d.Text))] = true
		for i, m := range mistakes {
			rng := rand.New(rand.NewSource(seed*7919 + int64(i)*31 + int64(len(d.Text))))
			text, where, ok := mutate(d.Text, &m, rng)
			if key := string(bytes.TrimSpace(text)); ok && !seen[key] {
				seen[key] = true
				all = append(all, Mutation{fmt.Sprintf("%s: %s at %s", d.Name, m.name, where), text})
			}
		}
	}
	return all
}

// mutate puts one mistake into a document.
func mutate(text []byte, m *mistake, rng *rand.Rand) (changed []byte, where string, ok bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) == 0 {
		return nil, "", false
	}
	var fit []*site
	for _, s := range sites(doc.Content[0]) {
		if m.fits(s) {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		return nil, "", false
	}
	s := fit[rng.Intn(len(fit))]
	what := m.change(s, rng)
	out, err := yaml.Marshal(&doc)
	if err != nil {
		return nil, "", false
	}
	where = s.path
	if what != "" {
		where += " (" + what + ")"
	}
	return out, where, true
}

// site is one field or one item of a list.
type site struct {
	path   string     // as in API errors
	parent *yaml.Node // the mapping or the list around it
	index  int        // of the value in the parent's content
	value  *yaml.Node
	up     *site
}

func (s *site) key() *yaml.Node {
	if s.parent.Kind == yaml.MappingNode {
		return s.parent.Content[s.index-1]
	}
	return nil
}

// name is the field's name; of an item, that of the list.
func (s *site) name() string {
	if k := s.key(); k != nil {
		return k.Value
	}
	if s.up != nil {
		return s.up.name()
	}
	return ""
}

// under tells whether one of the fields around has that name.
func (s *site) under(name string) bool {
	for u := s.up; u != nil; u = u.up {
		if k := u.key(); k != nil && k.Value == name {
			return true
		}
	}
	return false
}

func (s *site) remove() {
	from := s.index
	if s.parent.Kind == yaml.MappingNode {
		from--
	}
	s.parent.Content = slices.Delete(s.parent.Content, from, s.index+1)
}

func (s *site) set(n *yaml.Node) { s.parent.Content[s.index] = n }

// sites lists every field and every item, in the order of the text.
func sites(root *yaml.Node) []*site {
	var all []*site
	var walk func(n *yaml.Node, up *site, path string)
	walk = func(n *yaml.Node, up *site, path string) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 1; i < len(n.Content); i += 2 {
				at := strings.TrimPrefix(path+"."+n.Content[i-1].Value, ".")
				s := &site{path: at, parent: n, index: i, value: n.Content[i], up: up}
				all = append(all, s)
				walk(s.value, s, at)
			}
		case yaml.SequenceNode:
			for i := range n.Content {
				at := fmt.Sprintf("%s[%d]", path, i)
				s := &site{path: at, parent: n, index: i, value: n.Content[i], up: up}
				all = append(all, s)
				walk(s.value, s, at)
			}
		}
	}
	walk(root, nil, "")
	return all
}

// scalar is a value that is written without quotes.
func scalar(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// quoted is a text whatever it looks like.
func quoted(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: yaml.DoubleQuotedStyle}
}

// parsed is a value as it is written in YAML.
func parsed(text string) *yaml.Node {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		panic(err)
	}
	return n.Content[0]
}

func copyOf(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for _, m := range n.Content {
		c.Content = append(c.Content, copyOf(m))
	}
	return &c
}

func TestMutationsAreTheSameForTheSameSeed(t *testing.T) {
	docs := wellMade(t)
	a, b := Mutations(docs, 1), Mutations(docs, 1)
	if len(a) < 500 {
		t.Errorf("%d mutations are too few", len(a))
	}
	if !slices.EqualFunc(a, b, func(x, y Mutation) bool { return x.Name == y.Name && bytes.Equal(x.Text, y.Text) }) {
		t.Error("the same seed makes other mutations")
	}
	if c := Mutations(docs, 2); slices.EqualFunc(a, c, func(x, y Mutation) bool { return bytes.Equal(x.Text, y.Text) }) {
		t.Error("another seed makes the same mutations")
	}
	for seed := range int64(20) {
		Mutations(docs, seed)
	}
	if d := Mutations(nil, 1); len(d) > 0 {
		t.Error("mutations of nothing")
	}
	for _, m := range a {
		if !strings.Contains(m.Name, ": ") || len(m.Text) == 0 {
			t.Errorf("%q has no name or no text", m.Name)
		}
	}
}
