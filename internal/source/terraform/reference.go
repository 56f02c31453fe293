package terraform

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxCompared is how many names are looked through for one that is alike.
const maxCompared = 1000

// written finds declarations in text that could not be parsed, so that what refers to them is not called undeclared.
var written = regexp.MustCompile(`(?m)^\s*(resource|data|ephemeral)\s+"?([\w-]+)"?\s+"?([\w-]+)"?|^\s*(variable|module)\s+"?([\w-]+)"?`)

// declared are the addresses that a module declares: var.x, local.x, module.x, data.type.x, type.x.
func (m *module) declared() map[string]bool {
	all := map[string]bool{}
	for _, f := range m.files {
		for _, d := range written.FindAllSubmatch(f.text, -1) {
			switch string(d[1]) + string(d[4]) {
			case "resource":
				all[string(d[2])+"."+string(d[3])] = true
			case "variable":
				all["var."+string(d[5])] = true
			case "module":
				all["module."+string(d[5])] = true
			default:
				all[string(d[1])+"."+string(d[2])+"."+string(d[3])] = true
			}
		}
		if len(f.blanked) > 0 && f.bad > maxReported {
			return nil
		}
	}
	for name := range m.locals {
		all["local."+name] = true
	}
	return all
}

// checkReferences finds what is used and declared nowhere in the module. Terraform refuses to plan it.
func checkReferences(m *module) {
	all := m.declared()
	if !m.all || all == nil {
		return
	}
	seen := map[string]bool{}
	for _, b := range m.blocks {
		switch b.Type {
		case "terraform", "moved", "removed", "import":
			continue
		}
		for _, use := range uses(b) {
			name := used(use.traversal)
			if name == "" || all[name] || seen[b.address()+name] || use.scope[use.traversal.RootName()] {
				continue
			}
			seen[b.address()+name] = true
			m.undeclared(b, use, name, all)
		}
	}
}

func (m *module) undeclared(b block, u use, name string, all map[string]bool) {
	advice := "Declare it, or give all files of the folder."
	near := ""
	if len(all) > maxCompared {
		all = nil
	}
	for _, other := range sortedKeys(all) {
		if prefix(other) != prefix(name) {
			continue
		}
		// Names that differ in - and _ only are the usual slip.
		d := levenshtein.Distance(strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(other, "-", "_"), nil)
		if d <= 2 && d < len(name)/3 {
			near = other
			break
		}
	}
	if near != "" {
		advice = fmt.Sprintf("Is %s meant?", near)
	}
	m.report("terraform-undeclared", b, u.traversal.SourceRange(), u.path,
		fmt.Sprintf("%s is declared in none of these files", name), advice)
}

// use is one place where something is named.
type use struct {
	path      string
	traversal hcl.Traversal
	scope     map[string]bool // names that dynamic blocks around it give
}

func uses(b block) []use {
	var all []use
	var in func(body *hclsyntax.Body, path string, scope map[string]bool)
	in = func(body *hclsyntax.Body, path string, scope map[string]bool) {
		for _, a := range sorted(body) {
			at := join(path, a.Name)
			// These name arguments, types and providers, not things that are declared.
			if at == "lifecycle.ignore_changes" || at == "provider" || at == "providers" || at == "type" && b.Type == "variable" {
				continue
			}
			for _, t := range hclsyntax.Variables(a.Expr) {
				all = append(all, use{at, t, scope})
			}
		}
		for _, inner := range body.Blocks {
			next := scope
			if inner.Type == "dynamic" && len(inner.Labels) > 0 {
				next = map[string]bool{inner.Labels[0]: true}
				if a := inner.Body.Attributes["iterator"]; a != nil {
					for _, t := range hclsyntax.Variables(a.Expr) {
						next[t.RootName()] = true
					}
				}
				for name := range scope {
					next[name] = true
				}
			}
			in(inner.Body, join(path, inner.Type), next)
		}
	}
	in(b.Body, "", nil)
	return all
}

// used is the address that a reference names, empty if it names nothing that is declared in a module.
func used(t hcl.Traversal) string {
	switch root := t.RootName(); root {
	case "each", "count", "self", "path", "terraform", "provider":
		return ""
	case "var", "local", "module":
		if step(t, 1) == "" {
			return ""
		}
		return root + "." + step(t, 1)
	case "data", "ephemeral":
		if step(t, 1) == "" || step(t, 2) == "" {
			return ""
		}
		return root + "." + step(t, 1) + "." + step(t, 2)
	default:
		// Every type has the provider's name and a _ in front; anything else is a name of an expression.
		if !strings.Contains(root, "_") || step(t, 1) == "" {
			return ""
		}
		return root + "." + step(t, 1)
	}
}

func prefix(address string) string { return address[:strings.LastIndexByte(address, '.')+1] }

func sortedKeys(m map[string]bool) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all
}
