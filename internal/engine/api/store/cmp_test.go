package store

import "github.com/google/go-cmp/cmp"

func cmpObjects(a, b []Object) string { return cmp.Diff(a, b) }
