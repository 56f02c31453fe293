package edit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// node is a value of a document with the bytes it takes.
type node struct {
	y       *yaml.Node
	start   int // of its anchor and tag, else of its content
	props   int // end of its anchor and tag; start if it has none
	content int
	end     int
	absent  bool // a null of no characters
	flow    bool // stands within brackets
	parts   []part
	parent  *node
	slot    int // in parent.parts
}

// part is an entry of a mapping or an item of a list.
type part struct {
	start int   // of the key, its "?", the dash, or the item in brackets
	key   *node // nil in a list
	mark  int   // the colon or the dash; -1 if not written
	value *node
	comma int // the comma after it; -1 if none
}

// layout is one document, followed through its text.
type layout struct {
	text  []byte
	lines []int // where each begins
	root  *node
	used  map[*yaml.Node]bool // anchored nodes that an alias refers to

	line, column, offset int // the place found last: looking on from there keeps long lines linear
}

// parse reads the one document that text holds. Whatever the parser does on strange input becomes an error.
func parse(text []byte) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("%w: %v", ErrSyntax, r)
		}
	}()
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w: the text is not UTF-8", ErrSyntax)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	doc = &yaml.Node{}
	if err := dec.Decode(doc); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: no document", ErrSyntax)
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		return nil, fmt.Errorf("%w: more than one document", ErrSyntax)
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, fmt.Errorf("%w: no document", ErrSyntax)
	}
	return doc, nil
}

// read parses a document and follows it through its text.
func read(text []byte) (*layout, error) {
	doc, err := parse(text)
	if err != nil {
		return nil, err
	}
	l := &layout{text: text, used: map[*yaml.Node]bool{}}
	at := 0
	for _, line := range splitLines(text) {
		l.lines = append(l.lines, at)
		at += len(line)
	}
	aliases(doc, l.used)
	l.root, err = l.follow(doc.Content[0], l.body(), -1, false)
	return l, err
}

// body is where the document begins: after its "---".
func (l *layout) body() int {
	for i, start := range l.lines {
		end := len(l.text)
		if i+1 < len(l.lines) {
			end = l.lines[i+1]
		}
		if marker(l.text[start:end], "---") {
			return start + len("---")
		}
	}
	return 0
}

func aliases(y *yaml.Node, used map[*yaml.Node]bool) {
	if y.Kind == yaml.AliasNode {
		used[y.Alias] = true
	}
	for _, c := range y.Content {
		aliases(c, used)
	}
}

// at is the offset of a place as the parser names it: columns are characters, not bytes.
func (l *layout) at(line, column int) (int, error) {
	if line < 1 || line > len(l.lines) || column < 1 {
		return 0, errLost
	}
	if line != l.line || column < l.column {
		l.line, l.column, l.offset = line, 1, l.lines[line-1]
	}
	for l.column < column {
		if l.offset >= len(l.text) {
			return 0, errLost
		}
		_, size := utf8.DecodeRune(l.text[l.offset:])
		l.offset += size
		l.column++
	}
	return l.offset, nil
}

// follow finds the extent of a node that begins at from or later, after its key or dash. The indent is that of the
// block collection around it, -1 for none.
func (l *layout) follow(y *yaml.Node, from, indent int, flow bool) (*node, error) {
	n := &node{y: y, start: from, props: from, content: from, end: from, flow: flow}
	empty := y.Kind == yaml.ScalarNode && y.Value == "" && y.Style&^yaml.TaggedStyle == 0
	if empty && y.Anchor == "" && y.Style == 0 {
		if q := l.next(from); q >= len(l.text) || l.text[q] != '!' {
			n.absent = true
			return n, nil
		}
		n.start = l.next(from) // the tag "!" alone leaves no trace in the node
	} else {
		start, err := l.at(y.Line, y.Column)
		if err != nil || start < from || start >= len(l.text) {
			return nil, errLost
		}
		n.start = start
	}
	n.props, n.content = n.start, n.start
	for n.content < len(l.text) && (l.text[n.content] == '&' || l.text[n.content] == '!') && y.Kind != yaml.AliasNode {
		n.props = l.property(n.content, flow)
		n.content = l.next(n.props)
	}
	if empty {
		n.content, n.end, n.absent = n.props, n.props, true
		return n, nil
	}
	if n.content >= len(l.text) {
		return nil, errLost
	}
	var err error
	switch y.Kind {
	case yaml.AliasNode:
		n.end, err = l.expect(n.content, "*"+y.Value)
	case yaml.ScalarNode:
		n.end, err = l.scalar(y, n.content, indent)
	case yaml.SequenceNode, yaml.MappingNode:
		err = l.collection(n)
	default:
		err = errLost
	}
	return n, err
}

func (l *layout) collection(n *node) error {
	if c := l.text[n.content]; n.y.Style&yaml.FlowStyle != 0 && (c == '[' || c == '{') {
		return l.flow(n)
	}
	if n.y.Kind == yaml.MappingNode {
		return l.mapping(n)
	}
	return l.list(n)
}

func (l *layout) list(n *node) error {
	pos := n.content
	for i, y := range n.y.Content {
		dash := l.next(pos)
		if !l.indicator(dash, '-') {
			return errLost
		}
		v, err := l.follow(y, dash+1, l.columnOf(dash), false)
		if err != nil {
			return err
		}
		v.parent, v.slot = n, i
		n.parts = append(n.parts, part{start: dash, mark: dash, value: v, comma: -1})
		pos = v.end
	}
	n.end = pos
	return nil
}

// mapping follows one in block style, and the single pair that a list in brackets can hold without braces.
func (l *layout) mapping(n *node) error {
	pos := n.content
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.y.Content); i += 2 {
		p, err := l.entry(n, i, l.next(pos), n.flow, seen)
		if err != nil {
			return err
		}
		n.parts = append(n.parts, p)
		pos = p.value.end
	}
	n.end = pos
	return nil
}

func (l *layout) entry(n *node, i, start int, flow bool, seen map[string]bool) (part, error) {
	p := part{start: start, mark: -1, comma: -1}
	indent := -1
	if !flow {
		indent = l.columnOf(start)
	}
	from := start
	if l.indicator(start, '?') {
		from = start + 1
	}
	var err error
	if p.key, err = l.follow(n.y.Content[i], from, indent, flow); err != nil {
		return p, err
	}
	if k := p.key.y; k.Kind == yaml.ScalarNode {
		if seen[k.Value] {
			return p, fmt.Errorf("%w: %s (line %d of the document)", ErrDuplicate, k.Value, k.Line)
		}
		seen[k.Value] = true
	}
	from = p.key.end
	if q := l.next(from); q < len(l.text) && l.text[q] == ':' {
		p.mark, from = q, q+1
	}
	if p.value, err = l.follow(n.y.Content[i+1], from, indent, flow); err != nil {
		return p, err
	}
	if p.mark < 0 && !p.value.absent {
		return p, errLost
	}
	p.key.parent, p.key.slot, p.value.parent, p.value.slot = n, i/2, n, i/2
	return p, nil
}

func (l *layout) flow(n *node) error {
	pos := n.content + 1
	seen := map[string]bool{}
	step := 1
	if n.y.Kind == yaml.MappingNode {
		step = 2
	}
	for i := 0; i+step <= len(n.y.Content); i += step {
		start := l.next(pos)
		p := part{start: start, mark: -1, comma: -1}
		var err error
		if step == 2 {
			p, err = l.entry(n, i, start, true, seen)
		} else if p.value, err = l.follow(n.y.Content[i], start, -1, true); err == nil {
			p.value.parent, p.value.slot = n, i
		}
		if err != nil {
			return err
		}
		pos = p.value.end
		if q := l.next(pos); q < len(l.text) && l.text[q] == ',' {
			p.comma, pos = q, q+1
		}
		n.parts = append(n.parts, p)
	}
	closing := "]"
	if step == 2 {
		closing = "}"
	}
	var err error
	n.end, err = l.expect(l.next(pos), closing)
	return err
}
