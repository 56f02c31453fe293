package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

const (
	unknown    = "…" // stands in a text for a part that is not known
	maxLookups = 100 // of variables within one value
)

// text gives what an expression is known to be, as text. Variables have their defaults. If a part is not known, exact is
// false and the text has … there.
func (m *module) text(e hclsyntax.Expression) (text string, exact bool) {
	left := maxLookups
	return m.fold(e, &left)
}

// fold counts the lookups that are left, since variables may refer to each other, and many times over.
func (m *module) fold(e hclsyntax.Expression, left *int) (string, bool) {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return scalar(e.Val)
	case *hclsyntax.ParenthesesExpr:
		return m.fold(e.Expression, left)
	case *hclsyntax.TemplateWrapExpr:
		return m.fold(e.Wrapped, left)
	case *hclsyntax.TemplateExpr:
		var b strings.Builder
		all := true
		for _, p := range e.Parts {
			s, exact := m.fold(p, left)
			if b.Len()+len(s) > maxSize {
				return unknown, false
			}
			b.WriteString(s)
			all = all && exact
		}
		return b.String(), all
	case *hclsyntax.ScopeTraversalExpr:
		if *left == 0 {
			return unknown, false
		}
		*left--
		if to := m.lookup(e.Traversal); to != nil {
			return m.fold(to, left)
		}
	}
	return unknown, false
}

// lookup is the expression that var.x or local.x stands for.
func (m *module) lookup(t hcl.Traversal) hclsyntax.Expression {
	name := step(t, 1)
	if len(t) != 2 || name == "" {
		return nil
	}
	switch t.RootName() {
	case "var":
		if v, ok := m.values[name]; ok {
			return v.Expr
		}
		if v, ok := m.vars[name]; ok {
			if d := v.attr("default"); d != nil {
				return d.Expr
			}
		}
	case "local":
		if l, ok := m.locals[name]; ok {
			return l.Expr
		}
	}
	return nil
}

func step(t hcl.Traversal, i int) string {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}

func scalar(v cty.Value) (string, bool) {
	switch {
	case v.IsNull() || !v.IsKnown():
		return "", v.IsNull()
	case v.Type() == cty.String:
		return v.AsString(), true
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1), true
	case v.Type() == cty.Bool && v.True():
		return "true", true
	case v.Type() == cty.Bool:
		return "false", true
	}
	return unknown, false
}

// literal is the string that an expression is written as, quotes and nothing else.
func literal(e hclsyntax.Expression) (string, bool) {
	t, ok := e.(*hclsyntax.TemplateExpr)
	if !ok || !t.IsStringLiteral() {
		return "", false
	}
	v := t.Parts[0].(*hclsyntax.LiteralValueExpr).Val
	return scalar(v)
}

// is says whether an attribute is there and known to be a value.
func (m *module) is(a *hclsyntax.Attribute, value string) bool {
	if a == nil {
		return false
	}
	s, exact := m.text(a.Expr)
	return exact && s == value
}

// list are the elements of a list as written, each as text. Of anything but a list it is nil.
func (m *module) list(a *hclsyntax.Attribute) []string {
	if a == nil {
		return nil
	}
	e := a.Expr
	if t, ok := e.(*hclsyntax.ScopeTraversalExpr); ok {
		if to := m.lookup(t.Traversal); to != nil {
			e = to
		}
	}
	tuple, ok := e.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	var all []string
	for _, x := range tuple.Exprs {
		s, _ := m.text(x)
		all = append(all, s)
	}
	return all
}

// sorted are the attributes of a body as they are written.
func sorted(body *hclsyntax.Body) []*hclsyntax.Attribute {
	var all []*hclsyntax.Attribute
	for _, a := range body.Attributes {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *hclsyntax.Attribute) int { return cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte) })
	return all
}
