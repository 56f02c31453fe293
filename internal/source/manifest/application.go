package manifest

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Options say what the manifests do not.
type Options struct {
	Name      string            // of the application; that of the folder, if empty
	Folder    string            // where the files are
	Namespace string            // for objects without one; see Assemble
	Given     []*objects.Object // made by something else than the files
	Installs  []string          // API groups whose definitions something else installs
}

// Assemble makes an application of what was read. Objects without a namespace go to the one that is named; without one,
// to "default" if other objects name theirs, as kubectl would, else to a namespace of the application's own name.
// The application's own namespace is the one that most of its objects are in.
func (r *Result) Assemble(o Options) *objects.Application {
	app := &objects.Application{Name: cmp.Or(o.Name, partOf(r.Objects), nameOf(o.Folder)), Notes: r.Notes}
	for _, g := range o.Given {
		g.Given = true
		if g.Namespace() == "" && !clusterWide(g) {
			g.Meta().SetNamespace(cmp.Or(o.Namespace, "default")) // as kubectl takes a command without -n
		}
	}
	app.Objects = append(append(app.Objects, r.Objects...), o.Given...)
	app.Problems = slices.Concat(r.Problems, unknownKinds(app.Objects, o.Installs))
	used := map[string]int{}
	for _, obj := range r.Objects {
		if ns := obj.Namespace(); ns != "" && !clusterWide(obj) {
			used[ns]++
		}
	}
	place := o.Namespace
	if place == "" {
		place = app.Name
		if len(used) > 0 {
			place = "default"
		}
	}
	app.Namespace = place
	most := 0
	for _, ns := range slices.Sorted(mapKeys(used)) {
		if used[ns] > most && o.Namespace == "" {
			app.Namespace, most = ns, used[ns]
		}
	}
	called := map[string]string{}
	for _, obj := range app.Objects {
		if obj.Piece {
			obj.Meta().SetNamespace(app.Namespace) // where it most likely belongs
			obj.Placed = true
		}
		if obj.Namespace() == "" && !clusterWide(obj) {
			before := obj.Title()
			obj.Meta().SetNamespace(place)
			obj.Placed = true
			called[before] = obj.Title()
		}
	}
	for i := range app.Problems { // of one object is spoken by one name
		if now, ok := called[app.Problems[i].Object]; ok {
			app.Problems[i].Object = now
		}
	}
	return app
}

// partOf is the application that all objects with the label say they are part of.
func partOf(all []*objects.Object) string {
	name := ""
	for _, o := range all {
		switch l := o.Meta().GetLabels()[objects.LabelPartOf]; {
		case l == "" || l == name:
		case name == "":
			name = l
		default:
			return ""
		}
	}
	if len(validation.IsDNS1123Label(name)) > 0 {
		return ""
	}
	return name
}

// nameOf makes a name of a folder's.
func nameOf(folder string) string {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return "app"
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, filepath.Base(abs))
	name = strings.Trim(fmt.Sprintf("%.63s", name), "-")
	return cmp.Or(name, "app")
}
