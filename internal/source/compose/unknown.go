package compose

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/agext/levenshtein"
	"github.com/compose-spec/compose-go/v2/schema"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// attribute is one step of the paths that the Compose Specification knows.
type attribute map[string]attribute

var specification = sync.OnceValue(func() attribute {
	root := attribute{}
	for _, p := range schema.AttributePaths() {
		at := root
		for _, step := range p.Parts() {
			if at[step] == nil {
				at[step] = attribute{}
			}
			at = at[step]
		}
	}
	return root
})

// unknownKeys finds keys that the specification does not have, in every file of the project.
func (r *reader) unknownKeys() {
	for file, n := range r.places.Files {
		w := walk{r: r, file: r.names.show(file)}
		w.visit(n, specification(), nil)
	}
}

type walk struct {
	r    *reader
	file string
}

func (w *walk) visit(n *position.Node, spec attribute, path []string) {
	switch n.Kind {
	case position.Map:
		for _, key := range n.Keys() {
			c, next := n.Child(key), spec[key]
			if next == nil {
				next = spec["*"]
			}
			at := append(slices.Clone(path), key)
			if next == nil {
				if len(named(spec)) > 0 && !strings.HasPrefix(key, "x-") {
					w.r.problems = append(w.r.problems, &Problem{
						objects.Origin{File: w.file, Line: c.Line, Path: position.Join(at...)}, unknownText(key, c, spec, path)})
				}
				continue
			}
			w.visit(c, next, at)
		}
	case position.List:
		if spec["[]"] == nil {
			return
		}
		for i, it := range n.Items {
			w.visit(it, spec["[]"], append(slices.Clone(path), fmt.Sprintf("[%d]", i)))
		}
	}
}

// named are the keys that a mapping of the specification has, without those that users choose.
func named(spec attribute) []string {
	var keys []string
	for k := range spec {
		if k != "*" && k != "[]" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

func unknownText(key string, n *position.Node, spec attribute, path []string) string {
	if len(path) == 0 && (n.Child("image") != nil || n.Child("build") != nil) {
		return "is written as the first form of the file had services, which Docker Compose no longer reads; put it under services:"
	}
	if len(path) == 2 && path[0] == "services" {
		if old, ok := serviceKeys[key]; ok {
			return old.Text
		}
	}
	if near := nearest(key, named(spec)); near != "" {
		return fmt.Sprintf("unknown key; did you mean %s?", near)
	}
	if deep := below(key, spec, ""); deep != "" {
		return fmt.Sprintf("unknown key; did you mean %s?", deep)
	}
	if keys := named(spec); len(keys) <= 20 {
		return "unknown key; the keys here are " + strings.Join(keys, ", ")
	}
	return "unknown key; the Compose Specification has none of this name here"
}

// nearest finds the name that differs by a slip of the finger.
func nearest(name string, among []string) string {
	best, least := "", max(1, min(2, len(name)/2))+1
	for _, a := range among {
		if d := levenshtein.Distance(strings.ToLower(name), a, nil); d < least {
			best, least = a, d
		}
	}
	return best
}

// below finds a key of that name in mappings inside this one: replicas is deploy.replicas.
func below(key string, spec attribute, prefix string) string {
	for _, k := range named(spec) {
		if k == key && prefix != "" {
			return prefix + k
		}
	}
	if strings.Count(prefix, ".") > 3 {
		return ""
	}
	for _, k := range named(spec) {
		if found := below(key, spec[k], prefix+k+"."); found != "" {
			return found
		}
	}
	return ""
}
