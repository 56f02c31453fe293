package compose

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"
)

// annotations turns labels of Compose into annotations. Kubernetes selects by labels and so limits their values;
// annotations may say anything, under a name of at most 63 characters.
func (c *compiler) annotations(labels map[string]string, path ...string) map[string]string {
	var out map[string]string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if len(validation.IsQualifiedName(k)) > 0 {
			c.warn("is no name that an annotation can have, and is left out; write prefix/name with letters, digits, dots and dashes", append(slices.Clone(path), "labels", k)...)
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[k] = labels[k]
	}
	return out
}
