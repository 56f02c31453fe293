package chart

import (
	"bytes"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	v2 "helm.sh/helm/v4/pkg/chart/v2"

	"github.com/slipway-sh/slipway/internal/objects"
)

var (
	schemaPath = regexp.MustCompile(`at '/?([^']*)'`)
	// drafts are the schemas of schemas that the library has in it.
	drafts = regexp.MustCompile(`^https?://json-schema\.org/(draft-0[467]|draft/2019-09|draft/2020-12)/schema#?$`)
)

// checkSchema compares the values with the schemas of the chart and its dependencies. Helm would fetch what a schema
// refers to; such a schema is reported instead, and none is applied.
func (r *render) checkSchema(c *v2.Chart, top common.Values) {
	values, ok := top["Values"].(common.Values)
	if m, isMap := top["Values"].(map[string]any); isMap {
		values, ok = m, true
	}
	if !ok {
		return
	}
	if ref := elsewhere(c); ref != "" {
		r.problem(RuleSchema, objects.Origin{File: filepath.Join(r.dir, "values.schema.json"), Line: 1},
			"The schema refers to %s, which is not fetched; the values are not compared with it.", ref)
		return
	}
	err := util.ValidateAgainstSchema(c, values)
	if err == nil {
		return
	}
	at := objects.Origin{File: filepath.Join(r.dir, "values.schema.json"), Line: 1}
	if m := schemaPath.FindStringSubmatch(err.Error()); m != nil {
		if o, found := r.valueAt(c, m[1]); found {
			at = o
		}
	}
	r.problem(RuleBroken, at, "The values do not fit the chart's schema: %s.", oneLine(err))
}

// valueAt finds a value by its JSON pointer: in the last file of values that has it, else in the chart's own.
func (r *render) valueAt(c *v2.Chart, pointer string) (objects.Origin, bool) {
	var path []objects.Step
	for _, key := range strings.Split(pointer, "/") {
		path = append(path, objects.Step{Key: key, Index: -1})
	}
	files := []valuesFile{}
	for _, f := range c.Raw {
		if f.Name == "values.yaml" {
			files = append(files, valuesFile{filepath.Join(r.dir, f.Name), f.Data})
		}
	}
	files = append(files, r.valueFiles...)
	for i := len(files) - 1; i >= 0; i-- {
		if line, ok := lineOf(files[i].text, path); ok {
			return objects.Origin{File: files[i].path, Line: line, Path: objects.JoinPath(path...)}, true
		}
	}
	return objects.Origin{}, false
}

// elsewhere is the first reference of a schema to something outside of itself.
func elsewhere(c *v2.Chart) string {
	if c.Schema != nil {
		// What this cannot read, the library that would fetch cannot read either: it is the same decoder.
		if schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.Schema)); err == nil {
			if ref := refersTo(schema); ref != "" {
				return ref
			}
		}
	}
	for _, d := range c.Dependencies() {
		if ref := elsewhere(d); ref != "" {
			return ref
		}
	}
	return ""
}

func refersTo(schema any) string {
	switch s := schema.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(s)) {
			v := s[key]
			text, isText := v.(string)
			switch {
			case !isText:
				if ref := refersTo(v); ref != "" {
					return ref
				}
			case key == "$schema" && !drafts.MatchString(text),
				(key == "$ref" || key == "$dynamicRef" || key == "$recursiveRef") && !strings.HasPrefix(text, "#"):
				return text
			}
		}
	case []any:
		for _, v := range s {
			if ref := refersTo(v); ref != "" {
				return ref
			}
		}
	}
	return ""
}
