package openapi

import (
	"reflect"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// patchTypes are the content types of a patch.
var patchTypes = []string{
	"application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
}

// query parameters of writes. That fieldValidation is named here is how kubectl knows that the server checks fields.
var (
	written = []string{"dryRun", "fieldManager", "fieldValidation"}
	patched = []string{"dryRun", "fieldManager", "fieldValidation", "force"}
)

// operation makes one operation in either version of OpenAPI.
type operation func(action, body string, parameters []string, k *store.Kind, ref object) object

// addPaths adds where the objects of a kind are.
func addPaths(paths object, k *store.Kind, s *schemas, op operation) {
	ref := s.ref(reflect.TypeOf(k.New()).Elem())
	all, one := "/apis/"+k.GVK.Group+"/"+k.GVK.Version, []object{s.parameter("path", "name", true)}
	if k.GVK.Group == "" {
		all = "/api/" + k.GVK.Version
	}
	var many []object
	if k.Namespaced {
		all += "/namespaces/{namespace}"
		many = []object{s.parameter("path", "namespace", true)}
	}
	all += "/" + k.Resource
	collection := object{
		"get":    op("list", "", []string{"labelSelector", "fieldSelector", "limit", "continue", "watch", "resourceVersion"}, k, ref),
		"post":   op("post", "json", written, k, ref),
		"delete": op("deletecollection", "", []string{"labelSelector", "fieldSelector", "dryRun"}, k, ref),
	}
	item := func() object {
		return object{
			"parameters": append(one, many...),
			"get":        op("get", "", nil, k, ref),
			"put":        op("put", "json", written, k, ref),
			"patch":      op("patch", "patch", patched, k, ref),
		}
	}
	if many != nil {
		collection["parameters"] = many
	}
	paths[all] = collection
	whole := item()
	whole["delete"] = op("delete", "", []string{"dryRun", "gracePeriodSeconds", "propagationPolicy"}, k, ref)
	paths[all+"/{name}"] = whole
	if k.HasStatus() {
		paths[all+"/{name}/status"] = item()
	}
}

// parameterType is string for all but a few.
func parameterType(name string) string {
	switch name {
	case "force", "watch":
		return "boolean"
	case "limit", "gracePeriodSeconds":
		return "integer"
	}
	return "string"
}

func (s *schemas) parameter(in, name string, required bool) object {
	p := object{"in": in, "name": name}
	if required {
		p["required"] = true
	}
	if s.v3 {
		p["schema"] = object{"type": parameterType(name), "uniqueItems": true}
	} else {
		p["type"], p["uniqueItems"] = parameterType(name), true
	}
	return p
}

func v3Operation(action, body string, parameters []string, k *store.Kind, ref object) object {
	s := &schemas{v3: true}
	out := describe(action, k)
	out["parameters"] = s.parameters(parameters)
	out["responses"] = object{"200": object{"description": "OK", "content": object{"application/json": object{"schema": ref}}}}
	switch body {
	case "json":
		out["requestBody"] = object{"required": true, "content": object{"*/*": object{"schema": ref}}}
	case "patch":
		content := object{}
		for _, t := range patchTypes {
			content[t] = object{"schema": object{"type": "object"}}
		}
		out["requestBody"] = object{"required": true, "content": content}
	}
	return out
}

func v2Operation(action, body string, parameters []string, k *store.Kind, ref object) object {
	s := &schemas{}
	out := describe(action, k)
	list := s.parameters(parameters)
	out["responses"] = object{"200": object{"description": "OK", "schema": ref}}
	switch body {
	case "json":
		out["consumes"] = []string{"*/*"}
		list = append(list, object{"in": "body", "name": "body", "required": true, "schema": ref})
	case "patch":
		out["consumes"] = patchTypes
		list = append(list, object{"in": "body", "name": "body", "required": true, "schema": object{"type": "object"}})
	}
	out["parameters"] = list
	return out
}

func describe(action string, k *store.Kind) object {
	return object{
		"description":                     action + " " + k.GVK.Kind,
		"operationId":                     action + k.GVK.Version + k.GVK.Group + k.GVK.Kind,
		"x-kubernetes-action":             action,
		"x-kubernetes-group-version-kind": gvk(k),
	}
}

func (s *schemas) parameters(names []string) []object {
	out := []object{}
	for _, n := range names {
		out = append(out, s.parameter("query", n, false))
	}
	return out
}
