package edit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/slipway-sh/slipway/internal/objects"
	"go.yaml.in/yaml/v4"
)

// change makes the edits of one document.
func (f *file) change(doc int, jobs []*job) {
	if len(jobs) == 0 {
		return
	}
	c := f.documents[doc]
	last := c == f.chunks[len(f.chunks)-1]
	l, err := read(c.text)
	if c.lost {
		err = fmt.Errorf("%w: another edit changes where its document begins or ends", ErrLines)
	}
	if err != nil {
		for _, j := range jobs {
			j.err = err
		}
		return
	}
	p := &pass{document: document{l, f.nl}, last: last, grown: map[string]int{}}
	for _, j := range p.together(inOrder(jobs)) {
		j.err = p.make(j)
	}
	c.text = p.text
}

// inOrder puts the removal of items last, from the end: so every index means the list as it was written.
func inOrder(jobs []*job) []*job {
	first := only(jobs, func(j *job) bool { return !j.removesItem() })
	items := only(jobs, (*job).removesItem)
	slices.SortStableFunc(items, func(a, b *job) int { return slices.CompareFunc(b.steps, a.steps, compareSteps) })
	items = slices.CompactFunc(items, func(a, b *job) bool { return slices.Equal(a.steps, b.steps) })
	return append(first, items...)
}

func compareSteps(a, b objects.Step) int {
	if a.Index != b.Index {
		return a.Index - b.Index
	}
	return compare(a.Key, b.Key)
}

// pass is the edits of one document being made, one after the other.
type pass struct {
	document
	last    bool           // the file ends with this document
	renames []rename       // made so far
	grown   map[string]int // the length that a list had before it was appended to
}

type rename struct {
	from []objects.Step
	to   string
}

// make makes one edit, or says why not.
func (p *pass) make(j *job) error {
	steps := p.translate(j.steps)
	var value *yaml.Node
	var err error
	if j.edit.Op != objects.EditRemove {
		if value, err = literal(j.edit.Value); err != nil {
			return err
		}
	}
	root := p.root.y
	switch j.edit.Op {
	case objects.EditRemove:
		return p.prove(func(d *document) error { return d.remove(steps) },
			func() (*yaml.Node, error) { return without(root, steps) })
	case objects.EditRename:
		if value.Tag != tagText || len(steps) == 0 {
			return fmt.Errorf("%w: a key needs a path, and a name that is a string", ErrValue)
		}
		err := p.prove(func(d *document) error { return d.rename(steps, value.Value) },
			func() (*yaml.Node, error) { return renamed(root, steps, value.Value) })
		if err == nil {
			p.renames = append(p.renames, rename{steps, value.Value})
		}
		return err
	}
	return p.set(steps, value)
}

func (p *pass) set(steps []objects.Step, value *yaml.Node) error {
	root := p.root.y
	list, size := listAt(root, steps)
	if size >= 0 {
		index := steps[len(steps)-1].Index
		switch before, grown := p.grown[list]; {
		case grown && index == before:
			for _, item := range itemsAt(root, steps)[before:] {
				if same(item, value) {
					return nil
				}
			}
			steps = append(slices.Clone(steps[:len(steps)-1]), objects.Step{Index: size})
		case grown || index != size:
			list = ""
		}
	}
	wanted := func() (*yaml.Node, error) { return change(root, steps, value) }
	err := p.prove(func(d *document) error { return d.set(steps, value) }, wanted)
	if err != nil {
		// What cannot be changed piece by piece may still be replaced as a whole.
		if n, left, e := p.find(steps); e == nil && len(left) == 0 && filled(n.y) {
			if p.prove(func(d *document) error { return d.commit(d.replace(n, value)...) }, wanted) == nil {
				err = nil
			}
		}
	}
	if _, known := p.grown[list]; err == nil && size >= 0 && list != "" && !known {
		p.grown[list] = size
	}
	return err
}

// listAt is the list (and its length) whose item the last step of a path names; -1 if it names none. The list may be
// still to be made.
func listAt(root *yaml.Node, steps []objects.Step) (path string, size int) {
	if len(steps) == 0 || steps[len(steps)-1].Index < 0 {
		return "", -1
	}
	path = "list " + objects.JoinPath(steps[:len(steps)-1]...)
	n := root
	for _, s := range steps[:len(steps)-1] {
		at, err := child(n, s)
		if err != nil || at < 0 {
			return path, 0
		}
		n = n.Content[at]
	}
	switch {
	case n.Kind == yaml.SequenceNode:
		return path, len(n.Content)
	case isNull(n):
		return path, 0
	}
	return "", -1
}

func itemsAt(root *yaml.Node, steps []objects.Step) []*yaml.Node {
	for _, s := range steps[:len(steps)-1] {
		at, err := child(root, s)
		if err != nil || at < 0 {
			return nil
		}
		root = root.Content[at]
	}
	return root.Content
}

// translate gives a path as written its present form, after the renames before it.
func (p *pass) translate(steps []objects.Step) []objects.Step {
	for _, r := range p.renames {
		if len(steps) >= len(r.from) && slices.Equal(steps[:len(r.from)], r.from) {
			steps = slices.Clone(steps)
			steps[len(r.from)-1] = objects.Step{Key: r.to, Index: -1}
		}
	}
	return steps
}

// prove makes an edit on a copy of the document and takes it over if it says what the same edit makes of the data.
func (p *pass) prove(splice func(*document) error, data func() (*yaml.Node, error)) error {
	try := p.document
	if err := splice(&try); err != nil {
		if errIsOurs(err) {
			return err
		}
		return fmt.Errorf("%w: %s", ErrUnproved, err.Error()) // not wrapped: it is about our attempt, not the file
	}
	if bytes.Equal(try.text, p.text) {
		return nil
	}
	wanted, err := data()
	if err != nil {
		return err
	}
	whole := len(Documents(try.text)) == 1 && (p.last || endsInBreak(try.text))
	if !whole || !same(try.root.y, wanted) {
		return ErrUnproved
	}
	p.document = try
	return nil
}
