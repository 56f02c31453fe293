package deliver

import (
	"encoding/json"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// applied reconstructs, from what the API remembers about the owners of fields, what we applied to bring an object to
// the state it is given in. Applying that again takes back what was applied since, and leaves alone what others own.
// It is nil when we have never applied the object.
func applied(u *unstructured.Unstructured) *unstructured.Unstructured {
	for _, f := range u.GetManagedFields() {
		if f.Manager != Manager || f.Operation != "Apply" || f.Subresource != "" || f.FieldsV1 == nil {
			continue
		}
		set := map[string]any{}
		if json.Unmarshal(f.FieldsV1.GetRawBytes(), &set) != nil {
			return nil
		}
		content, _ := extract(u.Object, set).(map[string]any)
		out := &unstructured.Unstructured{Object: content}
		out.SetGroupVersionKind(u.GroupVersionKind())
		out.SetNamespace(u.GetNamespace())
		out.SetName(u.GetName())
		return out
	}
	return nil
}

// extract keeps of a value what a set of fields (fieldsV1: "f:" a field, "k:" an element of a list by its keys, "v:"
// one by its value) names.
func extract(value any, set map[string]any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range set {
			if name, is := strings.CutPrefix(key, "f:"); is {
				if child, there := v[name]; there {
					out[name] = extractChild(child, inner)
				}
			}
		}
		return out
	case []any:
		out := []any{}
		for _, element := range v {
			if kept, is := extractElement(element, set); is {
				out = append(out, kept)
			}
		}
		return out
	}
	return value
}

func extractChild(child, inner any) any {
	if set, _ := inner.(map[string]any); len(set) > 0 {
		return extract(child, set)
	}
	return child
}

func extractElement(element any, set map[string]any) (any, bool) {
	for key, inner := range set {
		if text, is := strings.CutPrefix(key, "v:"); is {
			var v any
			if json.Unmarshal([]byte(text), &v) == nil && same(v, element) {
				return element, true
			}
		}
		text, is := strings.CutPrefix(key, "k:")
		m, isMap := element.(map[string]any)
		var keys map[string]any
		if !is || !isMap || json.Unmarshal([]byte(text), &keys) != nil || !hasKeys(m, keys) {
			continue
		}
		kept, _ := extractChild(m, inner).(map[string]any)
		for k := range keys {
			kept[k] = m[k]
		}
		return kept, true
	}
	return nil, false
}

func hasKeys(m, keys map[string]any) bool {
	for k, v := range keys {
		if !same(v, m[k]) {
			return false
		}
	}
	return true
}

// same compares values of JSON, in which a number may have been read as either kind.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}
