package openapi

import (
	"encoding/json"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// object is a JSON object in the making; encoding/json writes its keys in order.
type object = map[string]any

// V3 returns the OpenAPI 3.0 document of one group version, or an error if nothing of it is served.
func V3(gv schema.GroupVersion) ([]byte, error) {
	s := newSchemas("#/components/schemas/", true)
	paths := object{}
	for _, k := range store.Kinds {
		if k.GVK.GroupVersion() == gv {
			s.kind(k)
			addPaths(paths, k, s, v3Operation)
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("openapi: group version %s is not served", gv)
	}
	return json.Marshal(object{
		"openapi":    "3.0.0",
		"info":       info(),
		"paths":      paths,
		"components": object{"schemas": s.done},
	})
}

// V2 returns the OpenAPI 2.0 document of everything served.
func V2() ([]byte, error) {
	s := newSchemas("#/definitions/", false)
	paths := object{}
	for _, k := range store.Kinds {
		s.kind(k)
		addPaths(paths, k, s, v2Operation)
	}
	return json.Marshal(object{
		"swagger":     "2.0",
		"info":        info(),
		"paths":       paths,
		"definitions": s.done,
	})
}

func info() object { return object{"title": "Slipway", "version": "v1"} }

// kind makes the schemas of a kind and of what it is made of.
func (s *schemas) kind(k *store.Kind) {
	t := reflect.TypeOf(k.New()).Elem()
	s.ref(t)
	s.done[s.name(t)].(object)["x-kubernetes-group-version-kind"] = []object{gvk(k)}
}

func gvk(k *store.Kind) object {
	return object{"group": k.GVK.Group, "version": k.GVK.Version, "kind": k.GVK.Kind}
}
