package manifest

import (
	"reflect"
	"strings"

	"github.com/agext/levenshtein"
	"k8s.io/client-go/kubernetes/scheme"
)

// nearest finds the known name that was most likely meant, empty if none is near.
func nearest(name string, known map[string]reflect.Type) string {
	best, least := "", 3
	for k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(k), nil); d < least && d*3 <= len(k) || d == least && best != "" && k < best {
			best, least = k, d
		}
	}
	return best
}

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// orSpace keeps number from an empty text.
func orSpace(s string) string {
	if s == "" {
		return " "
	}
	return s
}

// nearestKind finds the kind of Kubernetes that was most likely meant.
func nearestKind(name string) string {
	kinds := map[string]reflect.Type{}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if !strings.HasSuffix(gvk.Kind, "Options") && !strings.HasSuffix(gvk.Kind, "List") && gvk.Kind != "WatchEvent" {
			kinds[gvk.Kind] = t
		}
	}
	return nearest(name, kinds)
}
