package compose

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// legacy reports what Compose has only kept for old files, in one Problem.
func (r *reader) legacy() []objects.Problem {
	if r.places == nil || r.places.Root == nil {
		return nil
	}
	var old, first []string
	var edits []objects.Edit
	if n := r.places.Root.Find("version"); n != nil {
		old, first = append(old, "version is obsolete and not read"), []string{"version"}
		edits = append(edits, objects.Edit{File: r.names.show(n.File), Op: objects.EditRemove, Path: "version"})
	}
	var linked []string
	services := r.places.Root.Find("services")
	for _, name := range services.Keys() {
		if n := services.Find(name, "links"); n != nil && !n.Empty() {
			if linked = append(linked, name); first == nil {
				first = []string{"services", name, "links"}
			}
		}
	}
	if linked != nil {
		old = append(old, "links ("+strings.Join(linked, ", ")+") are of the time before networks, in which services have names")
	}
	if old == nil {
		return nil
	}
	p := r.problem("compose-legacy", "", strings.Join(old, "; "), first...)
	p.Edits = edits
	return []objects.Problem{p}
}
