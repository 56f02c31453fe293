package edit

import (
	"bytes"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff is the unified difference between two versions of a file, as git writes it; empty if there is none.
func Diff(file string, before, after []byte) string {
	name := strings.TrimPrefix(filepath.ToSlash(file), "/")
	text := diff.Diff("a/"+name, before, "b/"+name, after)
	if i := bytes.Index(text, []byte("--- a/")); i >= 0 {
		text = text[i:] // without the line "diff a b", which git apply does not read
	}
	return string(text)
}
