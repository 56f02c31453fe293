package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeSchemas makes of the API server's own description one JSON schema for each kind, as kubeconform wants them: with
// everything that they refer to inside; of the kinds that the corpus has.
func writeSchemas(swagger, dir string) error {
	text, err := os.ReadFile(swagger)
	if err != nil {
		return err
	}
	var doc struct {
		Definitions map[string]map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%s: %w", swagger, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, def := range doc.Definitions {
		kinds, _ := def["x-kubernetes-group-version-kind"].([]any)
		if len(kinds) != 1 {
			continue
		}
		gvk, _ := kinds[0].(map[string]any)
		group, _, _ := strings.Cut(fmt.Sprint(gvk["group"]), ".")
		name := strings.ToLower(fmt.Sprint(gvk["kind"]))
		if !strings.Contains(application, fmt.Sprintf("\nkind: %s\n", gvk["kind"])) {
			continue
		}
		if group != "" {
			name += "-" + group
		}
		name += "-" + strings.ToLower(fmt.Sprint(gvk["version"])) + ".json"
		whole, err := json.Marshal(inline(def, doc.Definitions, 0))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), whole, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// inline puts what is referred to in the place of the reference; a schema that holds itself ends after a few rounds.
func inline(v any, defs map[string]map[string]any, depth int) any {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			if depth > 12 {
				return map[string]any{}
			}
			return inline(defs[strings.TrimPrefix(ref, "#/definitions/")], defs, depth+1)
		}
		out := map[string]any{}
		for k, x := range v {
			if k != "description" && !strings.HasPrefix(k, "x-") {
				out[k] = inline(x, defs, depth)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = inline(x, defs, depth)
		}
		return out
	}
	return v
}
