package terraform

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// diags is what visitors of a tree return.
type diags = hcl.Diagnostics

var quotedTypes = map[string]string{"string": "string", "list": "list(string)", "map": "map(string)"}

// checkOldSyntax finds what Terraform 0.12 made unnecessary. It says so once for a file, with the edits for all of it.
func checkOldSyntax(m *module) {
	for _, f := range m.files {
		if f.body == nil {
			continue
		}
		old := f.oldSyntax()
		if len(old) == 0 {
			continue
		}
		first, more := old[0], ""
		if n := len(old) - 1; n > 0 {
			more = fmt.Sprintf(", and so are %d more in this file", n)
			if n == 1 {
				more = ", and so is one more in this file"
			}
		}
		var changes []change
		for _, o := range old {
			changes = append(changes, o.changes...)
		}
		m.report("terraform-old-syntax", m.blockAt(f, first.at), first.at, first.field,
			fmt.Sprintf("%s is written as before Terraform 0.12%s", first.what, more),
			"Write expressions, types and references without quotes.", changes...)
	}
}

type oldPhrase struct {
	at      hcl.Range
	field   string
	what    string
	changes []change
}

func (f *file) oldSyntax() []oldPhrase {
	var old []oldPhrase
	for _, b := range f.body.Blocks {
		walk(b.Body, "", func(path string, a *hclsyntax.Attribute) {
			old = append(old, f.wrapped(path, a.Expr)...)
			switch {
			case path == "type" && b.Type == "variable":
				if s, ok := literal(a.Expr); ok && quotedTypes[s] != "" {
					old = append(old, oldPhrase{a.Expr.Range(), path, fmt.Sprintf("the type %q", s), []change{{a.Expr.Range(), quotedTypes[s]}}})
				}
			case path == "depends_on" || path == "lifecycle.ignore_changes":
				old = append(old, quotedReferences(path, a)...)
			}
		})
	}
	return old
}

// wrapped finds strings that are nothing but one interpolation. As keys of maps they have a meaning and stay.
func (f *file) wrapped(path string, e hclsyntax.Expression) []oldPhrase {
	keys := map[hclsyntax.Node]bool{}
	var old []oldPhrase
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) diags {
		switch n := n.(type) {
		case *hclsyntax.ObjectConsKeyExpr:
			keys[n.Wrapped] = true
		case *hclsyntax.TemplateWrapExpr:
			outer, inner := n.SrcRange, n.Wrapped.Range()
			if keys[n] || outer.Start.Line != outer.End.Line || !strings.HasPrefix(f.source(outer), `"${`) {
				return nil
			}
			before, after := outer, outer
			before.End, after.Start = inner.Start, inner.End
			what := f.source(outer)
			if len(what) > 60 {
				what = `"${…}"`
			}
			old = append(old, oldPhrase{outer, path, what, []change{{before, ""}, {after, ""}}})
		}
		return nil
	})
	return old
}

var (
	address    = regexp.MustCompile(`^(data\.)?[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*$|^module\.[A-Za-z_][\w-]*$`)
	identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
)

func quotedReferences(path string, a *hclsyntax.Attribute) []oldPhrase {
	list, ok := a.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	form := address
	if path != "depends_on" {
		form = identifier
	}
	var old []oldPhrase
	for _, e := range list.Exprs {
		if s, ok := literal(e); ok && form.MatchString(s) {
			old = append(old, oldPhrase{e.Range(), path, fmt.Sprintf("the reference %q", s), []change{{e.Range(), s}}})
		}
	}
	return old
}

// blockAt is the block around a place.
func (m *module) blockAt(f *file, r hcl.Range) block {
	for _, b := range m.blocks {
		if b.file == f && b.Range().Start.Byte <= r.Start.Byte && r.Start.Byte <= b.CloseBraceRange.End.Byte {
			return b
		}
	}
	return block{file: f}
}

// numbers are arguments that every provider that has them takes as a number.
var numbers = map[string]bool{
	"size": true, "size_gb": true, "disk_size": true, "disk_size_gb": true, "boot_disk_size_gb": true, "volume_size": true,
	"allocated_storage": true, "max_allocated_storage": true, "iops": true, "node_count": true, "initial_node_count": true,
	"min_node_count": true, "max_node_count": true, "min_size": true, "max_size": true, "desired_size": true,
	"desired_capacity": true, "min_count": true, "max_count": true, "backup_retention_period": true, "retention_in_days": true,
	"count": true, "replicas": true, "from_port": true, "to_port": true, "disk_size_in_gb": true,
}

var digits = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

func checkNumbers(m *module) {
	for _, b := range m.blocks {
		if b.Type != "resource" && b.Type != "variable" {
			continue
		}
		walk(b.Body, "", func(path string, a *hclsyntax.Attribute) {
			if b.Type == "resource" && !numbers[a.Name] {
				return
			}
			if b.Type == "variable" && (path != "default" || b.attr("type") == nil || b.file.source(b.attr("type").Expr.Range()) != "number") {
				return
			}
			// A sku or a machine type is called a size as well, but is not made of digits.
			if s, ok := literal(a.Expr); ok && digits.MatchString(s) {
				m.report("terraform-number-as-string", b, a.SrcRange, path,
					fmt.Sprintf("the number is written as the string %q, which Terraform converts, but a module or a comparison does not", s),
					"Write the number without quotes.", change{a.Expr.Range(), s})
			}
		})
	}
}
