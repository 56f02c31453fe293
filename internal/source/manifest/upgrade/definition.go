package upgrade

import (
	"github.com/slipway-sh/slipway/internal/objects"
)

// scope writes what was the default.
func scope(p *plan) {
	if spec := p.spec(); spec.here() && !spec.has("scope") {
		p.require("spec.scope is required: Namespaced, which it was by default", spec.set("scope", "Namespaced"))
	}
}

// versions moves what the definition said once for all its versions into each of them.
func versions(p *plan) {
	spec := p.spec()
	if !spec.here() {
		return
	}
	shared := p.sharedFields(spec)
	if list, _ := spec.m["versions"].([]any); len(list) == 0 && spec.has("version") {
		p.require("spec.versions is required: the one version of spec.version",
			append([]objects.Edit{spec.set("versions", []any{append(objects.Ordered{
				{Key: "name", Value: written(spec.m["version"])},
				{Key: "served", Value: true},
				{Key: "storage", Value: true},
			}, shared...)}), spec.remove("version")}, removals(spec)...)...)
		return
	}
	p.dropped(spec, "version", "is gone: spec.versions says it")
	for _, v := range spec.items("versions") {
		p.definedVersion(v, shared)
	}
	if edits := removals(spec); edits != nil {
		p.say("what was said once for all versions is in each of them now", edits...)
	}
}

// shareable are the fields that may have been written beside the versions.
var shareable = []string{"validation", "subresources", "additionalPrinterColumns", "preserveUnknownFields"}

func removals(spec place) []objects.Edit {
	var edits []objects.Edit
	for _, key := range shareable {
		if _, there := spec.m[key]; there && (key != "preserveUnknownFields" || spec.m[key] != false) {
			edits = append(edits, spec.remove(key))
		}
	}
	return edits
}

// sharedFields are those fields as a version has them. A schema there is always.
func (p *plan) sharedFields(spec place) objects.Ordered {
	shared := objects.Ordered{{Key: "schema", Value: objects.Ordered{{Key: "openAPIV3Schema",
		Value: written(p.structural(spec.child("validation").m["openAPIV3Schema"]))}}}}
	if spec.has("subresources") {
		shared = append(shared, objects.KeyValue{Key: "subresources", Value: written(spec.m["subresources"])})
	}
	if columns, ok := spec.m["additionalPrinterColumns"].([]any); ok {
		shared = append(shared, objects.KeyValue{Key: "additionalPrinterColumns", Value: written(jsonPaths(columns))})
	}
	return shared
}

// definedVersion gives one version the shared fields that it has not, and its columns their new spelling.
func (p *plan) definedVersion(v place, shared objects.Ordered) {
	for _, kv := range shared {
		if v.has(kv.Key) && (kv.Key != "schema" || v.child("schema").has("openAPIV3Schema")) {
			continue
		}
		text, missing := v.path(kv.Key)+" has what was said for all versions", false
		if kv.Key == "schema" && !p.spec().child("validation").has("openAPIV3Schema") {
			text, missing = v.path(kv.Key)+" is required: it lets everything pass, as a version without one did", true
		}
		p.changes = append(p.changes, Change{Text: text, Path: v.path(kv.Key), Missing: missing, Edits: []objects.Edit{v.set(kv.Key, kv.Value)}})
	}
	for _, column := range v.items("additionalPrinterColumns") {
		p.renamed(column, "JSONPath", "jsonPath")
	}
	root := v.child("schema", "openAPIV3Schema")
	if !root.here() {
		return
	}
	if !root.has("type") {
		p.require(root.path("type")+" is required: object", root.set("type", "object"))
	}
	if p.preserved() && !root.has(preserve) {
		p.say(root.path(preserve)+" keeps fields that the schema does not have, as was the default", root.set(preserve, true))
	}
}

func jsonPaths(columns []any) []any {
	var all []any
	for _, column := range columns {
		if m, ok := column.(map[string]any); ok && m["JSONPath"] != nil && m["jsonPath"] == nil {
			renamed := map[string]any{}
			for key, item := range m {
				renamed[key] = item
			}
			delete(renamed, "JSONPath")
			renamed["jsonPath"] = m["JSONPath"]
			column = renamed
		}
		all = append(all, column)
	}
	return all
}

const preserve = "x-kubernetes-preserve-unknown-fields"

// preserved tells whether unknown fields were kept: they were unless the definition said otherwise.
func (p *plan) preserved() bool {
	return p.from != p.to && p.spec().m["preserveUnknownFields"] != false || p.spec().m["preserveUnknownFields"] == true
}

// structural makes of a schema one that the current version accepts, as far as that is certain: it has types where
// there can be only one, and keeps unknown fields if the definition did.
func (p *plan) structural(schema any) map[string]any {
	old, ok := schema.(map[string]any)
	if !ok {
		return map[string]any{"type": "object", preserve: true}
	}
	typed, _ := withTypes(old).(map[string]any)
	if typed["type"] == nil {
		typed["type"] = "object"
	}
	if p.preserved() {
		typed[preserve] = true
	}
	return typed
}

// withTypes writes the type of schemas that have properties or items.
func withTypes(schema any) any {
	old, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	typed := make(map[string]any, len(old))
	for key, item := range old {
		typed[key] = item
	}
	if properties, ok := old["properties"].(map[string]any); ok {
		all := make(map[string]any, len(properties))
		for name, property := range properties {
			all[name] = withTypes(property)
		}
		typed["properties"] = all
		typed["type"] = orElse(old["type"], "object")
	}
	if more, ok := old["additionalProperties"].(map[string]any); ok {
		typed["additionalProperties"] = withTypes(more)
		typed["type"] = orElse(old["type"], "object")
	}
	if items, ok := old["items"].(map[string]any); ok {
		typed["items"] = withTypes(items)
		typed["type"] = orElse(old["type"], "array")
	}
	return typed
}

func orElse(value, otherwise any) any {
	if value == nil {
		return otherwise
	}
	return value
}

// conversionWebhook gathers in one place how versions are converted.
func conversionWebhook(p *plan) {
	c := p.spec().child("conversion")
	strategy := c.text("strategy")
	config, reviews := c.m["webhookClientConfig"], c.m["conversionReviewVersions"]
	if c.has("webhook") || config == nil && reviews == nil && strategy != "Webhook" {
		return
	}
	var edits []objects.Edit
	var webhook objects.Ordered
	if config != nil {
		webhook = append(webhook, objects.KeyValue{Key: "clientConfig", Value: written(config)})
		edits = append(edits, c.remove("webhookClientConfig"))
	}
	if reviews != nil {
		edits = append(edits, c.remove("conversionReviewVersions"))
	} else {
		reviews = []any{"v1beta1"}
	}
	webhook = append(webhook, objects.KeyValue{Key: "conversionReviewVersions", Value: written(reviews)})
	if strategy != "Webhook" {
		p.say("spec.conversion has no webhook: its strategy is not Webhook", edits...)
		return
	}
	p.say("spec.conversion has webhookClientConfig and conversionReviewVersions in webhook now",
		append([]objects.Edit{c.set("webhook", webhook)}, edits...)...)
}
