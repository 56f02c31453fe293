package upgrade

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/objects"
)

// step reads the document of a plan and adds what is to change.
type step func(*plan)

// plan is what is to change in one document; the document stays as written until finish.
type plan struct {
	doc      map[string]any
	from, to schema.GroupVersionKind
	changes  []Change
}

func (p *plan) run(steps []step) {
	for _, s := range steps {
		s(p)
	}
}

func (p *plan) say(text string, edits ...objects.Edit) {
	p.changes = append(p.changes, Change{Text: text, Path: edits[0].Path, Edits: edits})
}

// note is say for what is only to be known.
func (p *plan) note(path, text string) {
	p.changes = append(p.changes, Change{Text: text, Path: path})
}

// require is say for what the current version does not let be missing.
func (p *plan) require(text string, edits ...objects.Edit) {
	p.changes = append(p.changes, Change{Text: text, Path: edits[0].Path, Edits: edits, Missing: true})
}

// finish makes the edits of all changes in the document.
func (p *plan) finish() []Change {
	var edits []objects.Edit
	for _, c := range p.changes {
		edits = append(edits, c.Edits...)
	}
	apply(p.doc, edits)
	return p.changes
}

func (p *plan) root() place { return place{m: p.doc} }

// spec is the document's spec, an empty place if it has none.
func (p *plan) spec() place { return p.root().child("spec") }

// place is a mapping of the document and where it stands. One that is not there reads as empty.
type place struct {
	m  map[string]any
	at []objects.Step
}

func (l place) steps(key string) []objects.Step {
	return append(l.at[:len(l.at):len(l.at)], objects.Step{Key: key, Index: -1})
}

func (l place) path(key string) string { return objects.JoinPath(l.steps(key)...) }

func (l place) here() bool { return l.m != nil }

func (l place) has(key string) bool { return l.m[key] != nil }

func (l place) text(key string) string {
	s, _ := l.m[key].(string)
	return s
}

func (l place) child(keys ...string) place {
	for _, key := range keys {
		m, _ := l.m[key].(map[string]any)
		l = place{m, l.steps(key)}
	}
	return l
}

// items are the mappings in a list; what else is in it is passed over.
func (l place) items(key string) []place {
	list, _ := l.m[key].([]any)
	var all []place
	for i, item := range list {
		if m, ok := item.(map[string]any); ok {
			all = append(all, place{m, append(l.steps(key), objects.Step{Index: i})})
		}
	}
	return all
}

func (l place) index() int { return l.at[len(l.at)-1].Index }

func (l place) set(key string, value any) objects.Edit {
	return objects.Edit{Op: objects.EditSet, Path: l.path(key), Value: value}
}

func (l place) remove(key string) objects.Edit {
	return objects.Edit{Op: objects.EditRemove, Path: l.path(key)}
}

func (l place) rename(key, name string) objects.Edit {
	return objects.Edit{Op: objects.EditRename, Path: l.path(key), Value: name}
}

// drop takes away the place itself, an item of a list.
func (l place) drop() objects.Edit {
	return objects.Edit{Op: objects.EditRemove, Path: objects.JoinPath(l.at...)}
}

// dropped says that a field exists no more and takes it away, if it is there.
func (p *plan) dropped(l place, key, why string) {
	if _, there := l.m[key]; there {
		p.say(fmt.Sprintf("%s %s", l.path(key), why), l.remove(key))
	}
}

// renamed gives a field its new name, if it is there and the new one is not.
func (p *plan) renamed(l place, key, name string) {
	if _, there := l.m[key]; !there || l.has(name) {
		return
	}
	p.say(fmt.Sprintf("%s is called %s now", l.path(key), name), l.rename(key, name))
}
