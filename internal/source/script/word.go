package script

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// unknown stands in a text for what only running the commands would tell. It is of the private use area.
const unknown = "\ue000"

func known(s string) bool { return !strings.Contains(s, unknown) }

// expand is what a word becomes. Variables have the values that the script gave them.
func (w *walker) expand(word *syntax.Word) string {
	return w.parts(word, w.variable, func(syntax.WordPart) string { return unknown })
}

// asWritten is a word in which every variable is unknown: what stands in the script itself at this place.
func asWritten(word *syntax.Word) string {
	w := &walker{}
	return w.parts(word, func(*syntax.ParamExp) string { return unknown }, func(syntax.WordPart) string { return unknown })
}

// document is a here-document, with what is not known left as it is written.
func (w *walker) document(word *syntax.Word) string {
	return w.parts(word, func(p *syntax.ParamExp) string {
		if v := w.variable(p); known(v) {
			return v
		}
		return printed(p)
	}, printed)
}

func printed(n syntax.WordPart) string {
	var b strings.Builder
	if syntax.NewPrinter().Print(&b, &syntax.Word{Parts: []syntax.WordPart{n}}) != nil {
		return unknown
	}
	return b.String()
}

func (w *walker) parts(word *syntax.Word, variable func(*syntax.ParamExp) string, other func(syntax.WordPart) string) string {
	if word == nil {
		return ""
	}
	var b strings.Builder
	var add func(parts []syntax.WordPart, quoted bool)
	add = func(parts []syntax.WordPart, quoted bool) {
		for _, p := range parts {
			if b.Len() > maxSize {
				return
			}
			switch p := p.(type) {
			case *syntax.Lit:
				b.WriteString(unescaped(p.Value, quoted))
			case *syntax.SglQuoted:
				b.WriteString(p.Value)
			case *syntax.DblQuoted:
				add(p.Parts, true)
			case *syntax.ParamExp:
				b.WriteString(variable(p))
			default:
				b.WriteString(other(p))
			}
		}
	}
	add(word.Parts, false)
	return b.String()
}

// unescaped removes the backslashes that the shell removes.
func unescaped(s string, quoted bool) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		next := s[i+1]
		switch {
		case next == '\n':
		case quoted && !strings.ContainsRune("$`\"\\", rune(next)):
			b.WriteByte('\\')
			b.WriteByte(next)
		default:
			b.WriteByte(next)
		}
		i++
	}
	return b.String()
}

// variable is the value of ${x}, and of ${x:-default} where x was not set.
func (w *walker) variable(p *syntax.ParamExp) string {
	if p.Param == nil || p.Length || p.Excl || p.Index != nil || p.Slice != nil || p.Repl != nil {
		return unknown
	}
	v, ok := w.env[p.Param.Value]
	if p.Exp == nil {
		if !ok {
			return unknown
		}
		return v
	}
	switch p.Exp.Op {
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
		if ok {
			return v
		}
		return w.expand(p.Exp.Word)
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		if ok {
			return v
		}
	}
	return unknown
}
