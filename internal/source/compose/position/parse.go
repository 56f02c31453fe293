package position

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ErrSyntax is wrapped by errors about text that is not YAML, or YAML that is not a mapping.
var ErrSyntax = errors.New("not YAML")

// SyntaxError says where a file stops being YAML.
type SyntaxError struct {
	File string
	Line int
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// Unwrap makes errors.Is(err, ErrSyntax) true.
func (e *SyntaxError) Unwrap() error { return ErrSyntax }

// maxNodes bounds what aliases may expand to, as compose-go does.
const maxNodes = 100_000

// Parse reads the documents of one file, later ones laid over earlier ones.
func Parse(file string, text []byte) (*Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var whole *Node
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, syntax(file, text, err)
		}
		p := parser{file: file}
		n, err := p.node(&doc, doc.Line, 0)
		if err != nil {
			return nil, err
		}
		switch n.Kind {
		case Map:
			whole = Over(whole, n)
		case Null:
		case List:
			return nil, &SyntaxError{file, max(n.Line, 1), "the file holds a list, not a mapping with services:"}
		default:
			return nil, &SyntaxError{file, max(n.Line, 1), "the file holds plain text, not a mapping with services:"}
		}
	}
	if whole == nil {
		return nil, &SyntaxError{file, 1, "the file is empty"}
	}
	return whole, nil
}

type parser struct {
	file  string
	count int
}

func (p *parser) node(y *yaml.Node, line, depth int) (*Node, error) {
	if p.count++; p.count > maxNodes || depth > 200 {
		return nil, &SyntaxError{p.file, line, "the aliases of this file expand to too much"}
	}
	n := &Node{File: p.file, Line: line, replace: y.Tag == "!override", reset: y.Tag == "!reset"}
	switch y.Kind {
	case yaml.DocumentNode:
		if len(y.Content) == 0 {
			return n, nil
		}
		return p.node(y.Content[0], y.Content[0].Line, depth+1)
	case yaml.AliasNode:
		a, err := p.node(y.Alias, line, depth+1)
		if err != nil {
			return nil, err
		}
		return a, nil
	case yaml.ScalarNode:
		if y.Tag != "!!null" {
			n.Kind, n.Value = Scalar, y.Value
		}
	case yaml.SequenceNode:
		n.Kind = List
		for _, it := range y.Content {
			c, err := p.node(it, it.Line, depth+1)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, c)
		}
	case yaml.MappingNode:
		n.Kind, n.kids = Map, map[string]*Node{}
		return n, p.mapping(n, y, depth)
	}
	return n, nil
}

func (p *parser) mapping(n *Node, y *yaml.Node, depth int) error {
	var merged []*Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		c, err := p.node(v, k.Line, depth+1)
		if err != nil {
			return err
		}
		if k.Value == "<<" && (k.Tag == "!!merge" || k.Tag == "") {
			if c.Kind == List {
				merged = append(merged, c.Items...)
			} else {
				merged = append(merged, c)
			}
			continue
		}
		if before := n.kids[k.Value]; before != nil {
			return &SyntaxError{p.file, k.Line, fmt.Sprintf("%q is written twice, first in line %d", k.Value, before.Line)}
		}
		n.set(k.Value, c)
	}
	for _, m := range merged { // what is written here wins over what is merged, the first merged over the next
		for _, k := range m.Keys() {
			if n.kids[k] == nil {
				n.set(k, m.kids[k])
			}
		}
	}
	return nil
}

func (n *Node) set(key string, c *Node) {
	if _, ok := n.kids[key]; !ok {
		n.keys = append(n.keys, key)
	}
	n.kids[key] = c
}

func (n *Node) drop(key string) {
	delete(n.kids, key)
	n.keys = slices.DeleteFunc(slices.Clone(n.keys), func(k string) bool { return k == key })
}

var (
	inLine   = regexp.MustCompile(`line (\d+)`)
	inOffset = regexp.MustCompile(`offset (\d+)`)
	lead     = regexp.MustCompile(`^.*(?:line \d+(?:, column \d+)?|offset \d+): `)
)

// syntax turns the parser's message into one line with the place in front.
func syntax(file string, text []byte, err error) error {
	msg, line := err.Error(), 1
	if m := inLine.FindStringSubmatch(msg); m != nil {
		line, _ = strconv.Atoi(m[1])
	} else if m := inOffset.FindStringSubmatch(msg); m != nil {
		at, _ := strconv.Atoi(m[1])
		line = 1 + bytes.Count(text[:min(at, len(text))], []byte("\n"))
	}
	what := strings.TrimPrefix(lead.ReplaceAllString(strings.ReplaceAll(msg, "\n", " "), ""), "yaml: ")
	if strings.Contains(what, "cannot start any token") && bytes.Contains(text, []byte("\t")) {
		what += " (YAML is indented with spaces, not tabs)"
	}
	return &SyntaxError{file, line, "not YAML: " + what}
}
