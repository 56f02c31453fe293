package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// checkKeys applies the table of keys to what was written: of services and jobs only those that are enabled.
func (r *reader) checkKeys(project *types.Project) {
	r.checkKey(r.places.Root, specification(), nil, "", func(path []string) bool {
		if len(path) != 2 {
			return true
		}
		switch path[0] {
		case "services":
			_, on := project.Services[path[1]]
			return on
		case "jobs":
			_, on := project.Jobs[path[1]]
			return on
		}
		return true
	})
}

func (r *reader) checkKey(n *position.Node, spec attribute, path []string, pattern string, enabled func([]string) bool) {
	switch n.Kind {
	case position.Map:
		for _, key := range n.Keys() {
			c, name := n.Child(key), key
			next := spec[key]
			if next == nil {
				next, name = spec["*"], "*"
			}
			at := append(slices.Clone(path), key)
			if next == nil || c.Empty() || !enabled(at) {
				continue
			}
			in := strings.TrimPrefix(pattern+"."+name, ".")
			rule, ok := lookup(in)
			switch {
			case ok && rule.Verdict == Refused:
				r.refuse(rule.Text, at...)
			case ok && rule.Verdict == Warned:
				r.note(rule.Severity, rule.Text, at...)
			default:
				r.checkKey(c, next, at, in, enabled)
			}
		}
	case position.List:
		for i, it := range n.Items {
			if spec["[]"] != nil {
				r.checkKey(it, spec["[]"], append(slices.Clone(path), fmt.Sprintf("[%d]", i)), pattern+".[]", enabled)
			}
		}
	}
}

// unsetVariables notes what compose-go would have logged.
func (r *reader) unsetVariables() {
	for part, text := range r.unset {
		o := r.origin()
		if n, path := search(r.places.Root, nil, func(v string) bool { return v == text }); n != nil {
			o = objects.Origin{File: r.names.show(n.File), Line: n.Line, Path: position.Join(path...)}
		}
		name := strings.Trim(part, "${}")
		r.notes = append(r.notes, objects.Note{Severity: objects.Warning, Origin: o, Text: fmt.Sprintf("variable %s is not set and is empty here; set it in the environment or in .env", name)})
	}
}
