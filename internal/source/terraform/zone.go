package terraform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var regionName = regexp.MustCompile(`(?i)(^|[-_])(region|zone|location|az)s?($|[-_])`)

// placing are the arguments that say where a thing is.
var placing = []string{"zone", "availability_zone", "region", "location"}

// checkZones finds places that are written out although a variable says where things are.
func checkZones(m *module) {
	regions := map[string]string{} // variable to its default
	var names []string
	for _, b := range m.blocks {
		if b.Type == "variable" && regionName.MatchString(b.label(0)) {
			text := unknown
			if a := b.attr("default"); a != nil {
				text, _ = m.text(a.Expr)
			}
			names = append(names, b.label(0))
			regions[b.label(0)] = text
		}
	}
	for _, b := range m.blocks {
		if b.Type != "resource" && b.Type != "provider" {
			continue
		}
		walk(b.Body, "", func(path string, a *hclsyntax.Attribute) {
			s, ok := literal(a.Expr)
			if !ok || !slices.Contains(placing, a.Name) {
				return
			}
			for _, name := range names {
				known := regions[name]
				same := len(known) > 3 && strings.HasPrefix(s, known)
				if known == unknown {
					same = zone.MatchString(s)
				}
				if !same {
					continue
				}
				m.report("terraform-hard-coded-zone", b, a.SrcRange, path,
					fmt.Sprintf("%q is written out although var.%s says where things are: when that changes, this stays behind", s, name),
					"Derive it from the variable.")
				return
			}
		})
	}
}
