package kustomize

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v4"
	"sigs.k8s.io/kustomize/api/types"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// known are the fields that a kustomization can have, read off the library's own type.
var known = func() []string {
	names := []string{"apiVersion", "kind"}
	t := reflect.TypeFor[types.Kustomization]()
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}()

// unknown reports all fields that Kustomize does not know: the library names the first only, and without its line.
func (t *tree) unknown(k *kustomization) bool {
	if k.node == nil || k.node.Kind != yaml.MappingNode {
		return false
	}
	some := false
	for i := 0; i+1 < len(k.node.Content); i += 2 {
		key := k.node.Content[i]
		fold := func(name string) bool { return strings.EqualFold(name, key.Value) }
		if key.Value == "<<" || slices.ContainsFunc(known, fold) {
			continue
		}
		some = true
		t.problem(objects.Origin{File: k.shown, Line: key.Line, Path: key.Value}, "Kustomize knows no field %q.%s", key.Value, nearest(key.Value))
	}
	return some
}

func nearest(name string) string {
	best, least := "", 4
	for _, k := range known {
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(k), nil); d < least && d < len(name) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Is %s meant?", best)
}

// old are deprecated fields with what stands for them, and whether it has the same form.
var old = []struct {
	field, now string
	same       bool
	how        string
}{
	{"bases", "resources", true, "Move its entries to resources."},
	{"imageTags", "images", true, "Rename it to images."},
	{"commonLabels", "labels", false, "Write labels: [{pairs: {…}, includeSelectors: true}], which does the same; leave out includeSelectors for labels that may change later."},
	{"patchesStrategicMerge", "patches", false, "Write patches: [{path: …}], or {patch: …} for one in place."},
	{"patchesJson6902", "patches", false, "Move its entries to patches; they have the same form there."},
	{"vars", "replacements", false, "Write replacements with a source and its targets."},
	{"helmChartInflationGenerator", "helmCharts", false, "Write helmCharts, or give the chart itself."},
}

// deprecated reports fields that a later Kustomize will not read.
func (t *tree) deprecated(k *kustomization) {
	for _, o := range old {
		key, _ := rendered.Child(k.node, rendered.Key(o.field))
		if key == nil {
			continue
		}
		p := objects.Problem{
			Rule:   RuleDeprecated,
			Origin: objects.Origin{File: k.shown, Line: key.Line, Path: o.field},
			Text:   fmt.Sprintf("The field %s is deprecated; %s takes its place.", o.field, o.now),
			Advice: o.how,
		}
		if there, _ := rendered.Child(k.node, rendered.Key(o.now)); o.same && there == nil {
			p.Edits = []objects.Edit{{File: k.shown, Op: objects.EditRename, Path: o.field, Value: o.now}}
		}
		t.problems = append(t.problems, p)
	}
	if len(k.spec.HelmCharts)+len(k.spec.HelmChartInflationGenerator) > 0 {
		t.refusals = append(t.refusals, notLocal(k.at("helmCharts", 1), "helmCharts are not rendered by a kustomization",
			"give the chart itself, or the output of kustomize build --enable-helm"))
	}
}

// rewrite is the kustomization for the library to read: origins asked for, and deprecated fields, about which it would
// write to standard error, in their present form where that is exactly the same.
func (k *kustomization) rewrite(root bool) ([]byte, error) {
	if !root && len(*k.spec.CheckDeprecatedFields()) == 0 {
		return k.text, nil
	}
	s := k.spec
	s.FixKustomization()
	if len(s.CommonLabels) > 0 { //nolint:staticcheck // people's files still have it
		s.Labels = append(slices.Clone(s.Labels), types.Label{Pairs: s.CommonLabels, IncludeSelectors: true}) //nolint:staticcheck // people's files still have it
		s.CommonLabels = nil                                                                                  //nolint:staticcheck // people's files still have it
	}
	if patches := k.merges(); patches != nil {
		s.Patches = append(patches, s.Patches...)
		s.PatchesStrategicMerge = nil //nolint:staticcheck // people's files still have it
	}
	if root && !slices.Contains(s.BuildMetadata, types.OriginAnnotations) {
		s.BuildMetadata = append(slices.Clone(s.BuildMetadata), types.OriginAnnotations)
	}
	text, err := sigsyaml.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written for Kustomize: %w", k.shown, err)
	}
	return text, nil
}
