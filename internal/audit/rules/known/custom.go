package known

// Map is a mapping within one of an object without a Go type; empty if there is none.
func Map(m map[string]any, key string) map[string]any {
	v, _ := m[key].(map[string]any)
	return v
}

// Maps are the mappings of a list; an item that is none is an empty one, so that indexes stay.
func Maps(v any) []map[string]any {
	list, _ := v.([]any)
	all := make([]map[string]any, len(list))
	for i, item := range list {
		all[i], _ = item.(map[string]any)
	}
	return all
}

// Text is a string, empty if the value is none.
func Text(v any) string {
	s, _ := v.(string)
	return s
}
