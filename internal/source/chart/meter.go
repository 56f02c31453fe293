package chart

import (
	"cmp"
	"slices"
	"strings"
	"text/template/parse"
)

const (
	// tick is the function that loops and definitions call; it gives nothing.
	tick = "slipwayTick"
	// again is the function that meters what tpl is given.
	again = "slipwayMeter"
)

// meter lets each loop and each definition of a template call tick first, on the line where it stands, so that the
// lines of errors stay, and each tpl meter its text. A template that cannot be parsed is left for Helm to complain
// about.
func meter(name, text string) string {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := t.Parse(text, "", "", trees); err != nil {
		return text
	}
	m := &metering{text: text}
	for _, tree := range trees {
		if tree.Root != nil {
			m.body(tree.Root)
		}
	}
	return m.apply()
}

// unmetered takes what meter puts in out of a message.
func unmetered(message string) string {
	return strings.NewReplacer("{{- "+tick+"}}", "", "{{"+tick+"}}", "", "("+again+" ", "(").Replace(message)
}

type insertion struct {
	at   int
	text string
}

type metering struct {
	text string
	all  []insertion
}

func (m *metering) apply() string {
	slices.SortStableFunc(m.all, func(a, b insertion) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	last := 0
	for _, i := range slices.Compact(m.all) {
		b.WriteString(m.text[last:i.at])
		b.WriteString(i.text)
		last = i.at
	}
	return b.String() + m.text[last:]
}

// body lets what a list of nodes is the body of call tick. What the first action trims before itself must be trimmed
// before the call too.
func (m *metering) body(list *parse.ListNode) {
	at := int(list.Pos)
	call := "{{" + tick + "}}"
	if rest, ok := strings.CutPrefix(m.text[at:], "{{-"); ok && rest != "" && strings.ContainsRune(" \t\r\n", rune(rest[0])) {
		call = "{{- " + tick + "}}"
	}
	m.all = append(m.all, insertion{at, call})
	m.walk(list)
}

func (m *metering) walk(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				m.walk(c)
			}
		}
	case *parse.ActionNode:
		m.pipe(n.Pipe)
	case *parse.TemplateNode:
		m.pipe(n.Pipe)
	case *parse.IfNode:
		m.branch(&n.BranchNode)
	case *parse.WithNode:
		m.branch(&n.BranchNode)
	case *parse.RangeNode:
		m.pipe(n.Pipe)
		m.body(n.List)
		m.walk(n.ElseList)
	case *parse.PipeNode:
		m.pipe(n)
	case *parse.ChainNode:
		m.walk(n.Node)
	}
}

func (m *metering) branch(n *parse.BranchNode) {
	m.pipe(n.Pipe)
	m.walk(n.List)
	m.walk(n.ElseList)
}

func (m *metering) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		for i, arg := range c.Args {
			if name, ok := arg.(*parse.IdentifierNode); ok && i == 0 && name.Ident == "tpl" && len(c.Args) > 1 {
				m.tpl(int(name.Pos) + len("tpl"))
			}
			m.walk(arg)
		}
	}
}

// tpl puts a call around the first argument, which begins after that place.
func (m *metering) tpl(at int) {
	for at < len(m.text) && strings.IndexByte(" \t\r\n", m.text[at]) >= 0 {
		at++
	}
	depth, end := 0, at
	for end < len(m.text) {
		switch c := m.text[end]; c {
		case '(':
			depth++
		case ')':
			depth--
		case '"', '\'', '`':
			end = quoted(m.text, end)
		}
		if depth < 0 || depth == 0 && (end >= len(m.text) || strings.IndexByte(" \t\r\n|}", m.text[end]) >= 0) {
			break
		}
		end++
	}
	if end = min(end, len(m.text)); end > at {
		m.all = append(m.all, insertion{at, "(" + again + " "}, insertion{end, ")"})
	}
}

// quoted is the last byte of a quotation that begins there.
func quoted(text string, at int) int {
	for i := at + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[at] != '`':
			i++
		case text[i] == text[at]:
			return i
		}
	}
	return len(text)
}
