package kustomize

import (
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// documents takes the origins out of what was built and looks them up.
func (t *tree) documents(made resmap.ResMap) ([]rendered.Document, error) {
	wanted := false // the person's own kustomization asks for origins
	for _, o := range t.all[0].spec.BuildMetadata {
		wanted = wanted || o == types.OriginAnnotations
	}
	var docs []rendered.Document
	for _, r := range made.Resources() {
		from, err := r.GetOrigin()
		if err != nil {
			return nil, fmt.Errorf("%s: has an origin that cannot be read: %w", r.CurId(), err)
		}
		if !wanted {
			if err := r.SetOrigin(nil); err != nil {
				return nil, fmt.Errorf("%s: keeps its origin: %w", r.CurId(), err)
			}
		}
		text, err := r.AsYAML()
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be written: %w", r.CurId(), err)
		}
		docs = append(docs, t.document(text, from))
	}
	return docs, nil
}

func (t *tree) document(text []byte, from *resource.Origin) rendered.Document {
	d := rendered.Document{Text: text, File: t.all[0].shown, Line: 1}
	made := rendered.ParseNode(text)
	var written *yaml.Node // the object as it is in File
	switch {
	case from == nil || made == nil:
	case from.Path != "":
		path := filepath.Join(t.root, from.Path)
		d.File = t.show(path)
		if p := t.part(path, made); p != nil {
			d.Line, d.Doc, written = p.Line, p.Doc, p.Node
		}
	case from.ConfiguredIn != "":
		if g := t.generator(filepath.Join(t.root, from.ConfiguredIn), from.ConfiguredBy.Kind, made); g != nil {
			d.File, d.Line = g.in.shown, g.node.Line
			d.Place = g.place
			return d
		}
	}
	own := objects.Origin{File: d.File, Doc: d.Doc}
	d.Place = func(field string) (objects.Origin, bool) { return t.place(made, written, own, field) }
	return d
}

// place finds a field: in the resource if it has this value there, else in what may have changed it, else in the
// resource with another value.
func (t *tree) place(made, written *yaml.Node, own objects.Origin, field string) (objects.Origin, bool) {
	path := objects.ParsePath(field)
	if made == nil || len(path) == 0 {
		return objects.Origin{}, false
	}
	line, same, ok := 0, false, false
	if written != nil {
		line, same, ok = rendered.Match(made, written, path)
	}
	own.Line, own.Path = line, field
	if ok && same {
		return own, true
	}
	for _, p := range t.allPatches() {
		if at, found := p.find(made, path); found {
			at.Path = field
			return at, true
		}
	}
	if at, found := t.transformed(made, path); found {
		at.Path = field
		return at, true
	}
	return own, ok
}

// part finds the object in its file: Kustomize may have put something around its name.
func (t *tree) part(path string, made *yaml.Node) *rendered.Part {
	s := t.sources[path]
	if s == nil {
		text, err := readFile(path, maxRead)
		if err != nil {
			return nil
		}
		s = rendered.Parse(t.show(path), text)
		t.sources[path] = s
	}
	kind, name := rendered.Text(made, "kind"), rendered.Text(made, "metadata", "name")
	var best *rendered.Part
	length := -1
	for i := range s.Parts {
		p := &s.Parts[i]
		n := rendered.Text(p.Node, "metadata", "name")
		if rendered.Text(p.Node, "kind") == kind && strings.Contains(name, n) && len(n) > length {
			best, length = p, len(n)
		}
	}
	if best == nil && len(s.Parts) == 1 {
		return &s.Parts[0] // a patch may have changed even its kind
	}
	return best
}
