package manifest

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/manifest/upgrade"
)

// unknownKinds says which kinds no API server has unless somebody installs their definitions, and nobody here does: one
// Problem for each kind that is Kubernetes' own by its group, one for each group of an operator.
func unknownKinds(all []*objects.Object, installs []string) []objects.Problem {
	defined := map[schema.GroupKind]bool{}
	for _, o := range all {
		if o.Kind() == "CustomResourceDefinition" {
			spec, _ := o.Custom()["spec"].(map[string]any)
			names, _ := spec["names"].(map[string]any)
			defined[schema.GroupKind{Group: text(spec["group"]), Kind: text(names["kind"])}] = true
		}
	}
	var problems []objects.Problem
	byGroup := map[string]*objects.Problem{}
	more := map[string]int{}
	for _, o := range all {
		gvk := o.GVK()
		fate, known := upgrade.Of(gvk)
		if o.Custom() == nil || o.Given || defined[gvk.GroupKind()] || known && fate.Served && fate.Product == "Kubernetes" || installed(gvk.Group, installs) {
			continue
		}
		family, ofOperator := upgrade.FamilyOf(gvk.Group)
		if ofOperator && (family.Config || platforms[family.Product]) {
			continue
		}
		if !ofOperator {
			problems = append(problems, unknownKind(o, known, fate))
			continue
		}
		more[gvk.Group]++
		if byGroup[gvk.Group] == nil {
			byGroup[gvk.Group] = &objects.Problem{Rule: "unknown-kind", Origin: o.OriginOf("kind"), Object: o.Title(), Field: "kind",
				Text:   fmt.Sprintf("%s is a kind of %s (%s), whose definitions nothing here installs", gvk.Kind, family.Product, gvk.Group),
				Advice: family.Install}
		}
	}
	groups := make([]string, 0, len(byGroup))
	for g := range byGroup {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	for _, g := range groups {
		p := byGroup[g]
		if n := more[g] - 1; n > 0 {
			p.Text += fmt.Sprintf("; so are %d more objects", n)
		}
		problems = append(problems, *p)
	}
	return problems
}

// platforms are products that are a cluster themselves: who writes their kinds has them.
var platforms = map[string]bool{"Google Kubernetes Engine": true, "Google Managed Prometheus": true, "OpenShift": true, "Config Connector": true}

func installed(group string, installs []string) bool {
	return slices.ContainsFunc(installs, func(i string) bool { return i == group || strings.HasSuffix(group, "."+i) })
}

func unknownKind(o *objects.Object, known bool, fate upgrade.Fate) objects.Problem {
	gvk := o.GVK()
	what := fmt.Sprintf("%s %s", gvk.GroupVersion(), gvk.Kind)
	p := objects.Problem{Rule: "unknown-kind", Origin: o.OriginOf("kind"), Object: o.Title(), Field: "kind", Text: what + " is none of Kubernetes' kinds"}
	switch homes := upgrade.Homes(gvk.Kind); {
	case known && fate.Note != "":
		p.Advice = fate.Note
	case len(homes) > 0:
		p.Text += fmt.Sprintf("; %s is in %s", gvk.Kind, homes[0].GroupVersion())
		p.Advice = "write apiVersion: " + homes[0].GroupVersion().String()
		if !o.Rewritten {
			p.Edits = []objects.Edit{{File: o.Origin.File, Doc: o.Origin.Doc, Op: objects.EditSet, Path: "apiVersion", Value: homes[0].GroupVersion().String()}}
		}
	default:
		if near := nearestKind(gvk.Kind); near != "" {
			p.Text += fmt.Sprintf("; %s is", near)
			p.Advice = "write kind: " + near
			if !o.Rewritten {
				p.Edits = []objects.Edit{{File: o.Origin.File, Doc: o.Origin.Doc, Op: objects.EditSet, Path: "kind", Value: near}}
			}
		}
	}
	return p
}
