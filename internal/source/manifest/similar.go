package manifest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/agext/levenshtein"
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

// written is how a value looks in a file.
func written(v any) string { return fmt.Sprint(v) }
