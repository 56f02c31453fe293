package security

import (
	"strconv"

	"github.com/slipway-sh/slipway/internal/objects"
)

func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// keyed is the path of a key that may have dots in it.
func keyed(path, key string) string {
	return objects.JoinPath(append(objects.ParsePath(path), objects.Step{Key: key, Index: -1})...)
}

func is(b *bool, want bool) bool { return b != nil && *b == want }
