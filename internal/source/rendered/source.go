package rendered

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/source/edit"
)

// Source is a YAML file as written. Documents of it that are no YAML are left out.
type Source struct {
	File  string
	Parts []Part
}

// Part is one object of a Source; a List gives one for each item.
type Part struct {
	Node *yaml.Node
	Line int // of its first key
	Doc  int // which document of the file
}

// Parse reads a file.
func Parse(file string, text []byte) *Source {
	s := &Source{File: file}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i, span := range edit.Documents(text) {
		if span.First < 1 || span.Last > len(lines) || span.First > span.Last {
			continue // a file that ends its lines in another way
		}
		node, err := parse(bytes.Join(lines[span.First-1:span.Last], nil))
		if err != nil {
			continue
		}
		shift(node, span.First-1, map[*yaml.Node]bool{})
		s.add(node, i)
	}
	return s
}

// ParseNode reads the first document of a text. It returns nil if there is none or it is no YAML.
func ParseNode(text []byte) *yaml.Node {
	node, err := parse(text)
	if err != nil {
		return nil
	}
	return node
}

func parse(text []byte) (node *yaml.Node, err error) {
	defer func() { // the parser is a release candidate
		if r := recover(); r != nil {
			node, err = nil, fmt.Errorf("is no YAML: %v", r)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("has no content")
	}
	return doc.Content[0], nil
}

func (s *Source) add(node *yaml.Node, doc int) {
	if node.Kind != yaml.MappingNode {
		return
	}
	_, items := Child(node, Key("items"))
	if items = resolve(items); items == nil || items.Kind != yaml.SequenceNode || Text(node, "metadata", "name") != "" {
		s.Parts = append(s.Parts, Part{Node: node, Line: node.Line, Doc: doc})
		return
	}
	for _, it := range items.Content { // a List in a List is none: an anchor could hold itself
		if it = resolve(it); it != nil && it.Kind == yaml.MappingNode {
			s.Parts = append(s.Parts, Part{Node: it, Line: it.Line, Doc: doc})
		}
	}
}

// shift moves the lines of a document to where it stands in its file.
func shift(n *yaml.Node, by int, seen map[*yaml.Node]bool) {
	if n == nil || by == 0 || seen[n] {
		return
	}
	seen[n] = true
	n.Line += by
	for _, c := range n.Content {
		shift(c, by, seen)
	}
	shift(n.Alias, by, seen)
}

// Print writes one part as a document of its own.
func Print(n *yaml.Node) (text []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			text, err = nil, fmt.Errorf("cannot be written: %v", r)
		}
	}()
	return yaml.Marshal(n)
}
