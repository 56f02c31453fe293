package edit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Left is an edit that was left out, and why.
type Left struct {
	Edit objects.Edit
	Err  error
}

// Apply returns the text with the edits made. An edit that cannot be made without touching more than it says is left out
// and returned in left with its reason. All edits are of one file (Edit.File is not looked at), and their documents,
// paths and lines are those of the text as given: an item that one edit removes does not move the index that another
// means, and two edits that append at the same index append both. To remove what is not there changes nothing.
func Apply(text []byte, edits []objects.Edit) (out []byte, left []Left) {
	marks := text[:len(text)-len(bytes.TrimPrefix(text, bom))]
	f := newFile(text[len(marks):])
	all := make([]*job, len(edits))
	for i, e := range edits {
		all[i] = &job{edit: e, steps: objects.ParsePath(e.Path)}
	}
	f.replaceLines(only(all, func(j *job) bool { return j.edit.Op == objects.EditLines }))
	for doc := range f.documents {
		f.change(doc, only(all, func(j *job) bool { return j.within() && j.edit.Doc == doc }))
	}
	for _, j := range all {
		switch {
		case j.edit.Op == objects.EditLines || j.edit.Op == objects.EditAdd:
		case !j.within():
			j.err = fmt.Errorf("the operation %q is not known", j.edit.Op)
		case j.edit.Doc < 0 || j.edit.Doc >= len(f.documents):
			j.err = pathError("the file has %d documents, none with index %d", len(f.documents), j.edit.Doc)
		}
	}
	out = f.join()
	for _, j := range all {
		if j.edit.Op == objects.EditAdd {
			out, j.err = addDocument(out, j.edit.Value)
		}
		if j.err != nil {
			left = append(left, Left{j.edit, j.explain()})
		}
	}
	return append(slices.Clone(marks), out...), left
}

// job is one edit at work.
type job struct {
	edit  objects.Edit
	steps []objects.Step
	err   error
}

// within says that the job changes a document, not the file around it.
func (j *job) within() bool {
	return j.edit.Op == objects.EditSet || j.edit.Op == objects.EditRemove || j.edit.Op == objects.EditRename
}

func (j *job) endsInIndex() bool { return len(j.steps) > 0 && j.steps[len(j.steps)-1].Index >= 0 }

// removesItem says that the job takes away what an index names.
func (j *job) removesItem() bool { return j.edit.Op == objects.EditRemove && j.endsInIndex() }

// advices are what a person can do about an edit that was left out.
var advices = []struct {
	err    error
	advice string
}{
	{ErrShared, "change the place that is shared, or write this one out, by hand"},
	{ErrSyntax, "mend its syntax first"},
	{ErrDuplicate, "remove one of them first"},
	{ErrLines, "run the fix again"},
}

func (j *job) explain() error {
	where := fmt.Sprintf("document %d, %s", j.edit.Doc+1, j.edit.Path)
	switch j.edit.Op {
	case objects.EditLines:
		where = fmt.Sprintf("lines %d to %d", j.edit.First, j.edit.Last)
	case objects.EditAdd:
		where = "a new document"
	}
	advice := "change it by hand"
	for _, n := range advices {
		if errors.Is(j.err, n.err) {
			advice = n.advice
			break
		}
	}
	return fmt.Errorf("%s: %w; %s", where, j.err, advice)
}

func only(all []*job, keep func(*job) bool) []*job {
	var some []*job
	for _, j := range all {
		if keep(j) {
			some = append(some, j)
		}
	}
	return some
}
