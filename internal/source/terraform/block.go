package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// block is one block of the top level.
type block struct {
	*hclsyntax.Block
	file *file
}

// attribute is an attribute and the file it stands in.
type attribute struct {
	*hclsyntax.Attribute
	file *file
}

func (b block) label(i int) string {
	if b.Block == nil || i >= len(b.Labels) {
		return ""
	}
	return b.Labels[i]
}

// kind is the type of a resource or data source, or the name of a provider.
func (b block) kind() string { return b.label(0) }

// address names the block as Terraform does: "resource google_compute_disk.data", "variable REGION".
func (b block) address() string {
	if b.Block == nil {
		return ""
	}
	return strings.TrimSuffix(b.Type+" "+strings.Join(b.Labels, "."), " ")
}

// attr finds an attribute by its path through nested blocks; the first block of a name counts.
func (b block) attr(path ...string) *hclsyntax.Attribute {
	body := b.Body
	for _, name := range path[:len(path)-1] {
		inner := nested(body, name)
		if len(inner) == 0 {
			return nil
		}
		body = inner[0]
	}
	return body.Attributes[path[len(path)-1]]
}

// has says whether there is an attribute or block at a path.
func (b block) has(path ...string) bool {
	if b.attr(path...) != nil {
		return true
	}
	body := b.Body
	for _, name := range path {
		inner := nested(body, name)
		if len(inner) == 0 {
			return false
		}
		body = inner[0]
	}
	return true
}

// nested are the bodies of the blocks of a name, those that dynamic blocks make among them.
func nested(body *hclsyntax.Body, name string) []*hclsyntax.Body {
	var all []*hclsyntax.Body
	for _, b := range body.Blocks {
		if b.Type == name {
			all = append(all, b.Body)
		}
		if b.Type == "dynamic" && len(b.Labels) > 0 && b.Labels[0] == name {
			for _, c := range b.Body.Blocks {
				if c.Type == "content" {
					all = append(all, c.Body)
				}
			}
		}
	}
	return all
}

// walk calls fn with every attribute within a body and its path.
func walk(body *hclsyntax.Body, path string, fn func(path string, a *hclsyntax.Attribute)) {
	for _, a := range sorted(body) {
		fn(join(path, a.Name), a)
	}
	for _, b := range body.Blocks {
		name := b.Type
		if b.Type == "dynamic" && len(b.Labels) > 0 {
			name = b.Labels[0]
		}
		if b.Type == "content" {
			name = ""
		}
		walk(b.Body, join(path, name), fn)
	}
}

func join(path, name string) string {
	switch {
	case path == "":
		return name
	case name == "":
		return path
	}
	return path + "." + name
}
