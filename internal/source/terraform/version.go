package terraform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// version is the beginning of a version; more does not matter here.
type version struct{ major, minor int }

func (v version) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

// before says whether a constraint keeps all versions from v on out. What it does not understand keeps nothing out.
func before(constraint string, v version) bool {
	for part := range strings.SplitSeq(constraint, ",") {
		part = strings.TrimSpace(part)
		number := strings.TrimLeft(part, "<>=!~ ")
		operator := strings.TrimSpace(strings.TrimSuffix(part, number))
		fields := strings.Split(number, ".")
		limit := version{atoi(fields, 0), atoi(fields, 1)}
		inclusive := true
		switch operator {
		case "", "=", "<=":
		case "<":
			inclusive = len(fields) > 2 && fields[2] != "0"
		case "~>":
			switch len(fields) {
			case 1:
				continue
			case 2:
				limit, inclusive = version{limit.major + 1, 0}, false
			default:
				limit, inclusive = version{limit.major, limit.minor + 1}, false
			}
		default:
			continue
		}
		if limit.major < v.major || limit.major == v.major && (limit.minor < v.minor || limit.minor == v.minor && !inclusive) {
			return true
		}
	}
	return false
}

func atoi(fields []string, i int) int {
	if i >= len(fields) {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(fields[i]))
	if err != nil {
		return 1 << 20 // not a number: no limit
	}
	return n
}

// mayBe says whether the provider may be of a version or newer, as far as the module says.
func (m *module) mayBe(provider string, v version) bool {
	for _, c := range m.constraints(provider) {
		if before(c, v) {
			return false
		}
	}
	return true
}

// constraints are the versions that a module asks of a provider.
func (m *module) constraints(provider string) []string {
	var all []string
	add := func(e hclsyntax.Expression) {
		if s, exact := m.text(e); exact {
			all = append(all, s)
		}
	}
	for _, b := range m.blocks {
		switch b.Type {
		case "provider":
			if a := b.attr("version"); a != nil && b.kind() == provider {
				add(a.Expr)
			}
		case "terraform":
			for _, required := range nested(b.Body, "required_providers") {
				a := required.Attributes[provider]
				if a == nil {
					continue
				}
				if e := m.item(a.Expr, "version"); e != nil {
					add(e)
				} else if _, ok := literal(a.Expr); ok {
					add(a.Expr)
				}
			}
		}
	}
	return all
}

// item is the value of a key in a map as written.
func (m *module) item(e hclsyntax.Expression, name string) hclsyntax.Expression {
	o, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	for _, i := range o.Items {
		if k, ok := m.key(i.KeyExpr); ok && k == name {
			return i.ValueExpr
		}
	}
	return nil
}
