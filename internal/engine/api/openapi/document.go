package openapi

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// V3 returns the OpenAPI 3.0 document of one group version.
func V3(gv schema.GroupVersion) ([]byte, error) {
	return json.Marshal(map[string]any{"openapi": "3.0.0", "info": map[string]any{"title": "Slipway", "version": gv.Version}})
}

// V2 returns the OpenAPI 2.0 document of everything served.
func V2() ([]byte, error) {
	return json.Marshal(map[string]any{"swagger": "2.0", "info": map[string]any{"title": "Slipway", "version": "v1"}})
}
