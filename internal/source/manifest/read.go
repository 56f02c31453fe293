package manifest

import (
	"runtime"
	"strings"
	"sync"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/edit"
)

// Text is one file, or what a tool made of one.
type Text struct {
	File string
	Data []byte
	Line int // of the first line in File; 0: 1
	// Made says that a tool made Data of files, so that it cannot be changed by changing File as if it were Data.
	Made bool
	Doc  int // which document of File, if Made
	// Given says that the objects are made beside the application: they count as there, and are not judged.
	Given bool
	// Place finds where a field was written, if Made; it may be nil.
	Place func(fieldPath string) (objects.Origin, bool)
	// Named says that a person named the file: what is no manifest in it is a mistake. Other files are passed over.
	Named bool
}

// Result is what the texts hold.
type Result struct {
	Objects  []*objects.Object
	Notes    []objects.Note
	Problems []objects.Problem
	Skipped  []string // files that hold no manifest, and were not named
}

// Read reads all texts.
func Read(texts []Text) *Result {
	var docs []*document
	for i := range texts {
		docs = append(docs, split(&texts[i])...)
	}
	side := min(runtime.GOMAXPROCS(0), len(docs))
	var wg sync.WaitGroup
	for n := range side {
		wg.Go(func() {
			for i := n; i < len(docs); i += side {
				docs[i].read()
			}
		})
	}
	wg.Wait()
	r := &Result{}
	meant := map[*Text]bool{}
	for _, d := range docs {
		if d.ours {
			meant[d.text] = true
		}
	}
	skipped := map[string]bool{}
	for _, d := range docs {
		if !meant[d.text] && !d.text.Named {
			if !skipped[d.text.File] {
				r.Skipped = append(r.Skipped, d.text.File)
			}
			skipped[d.text.File] = true
			continue
		}
		r.Objects = append(r.Objects, d.objects...)
		r.Notes = append(r.Notes, d.notes...)
		r.Problems = append(r.Problems, d.problems...)
	}
	return r
}

// document is one document of a text.
type document struct {
	text  *Text
	index int
	first int // line
	data  []byte

	places   *place
	ours     bool // looks like a manifest, or part of one
	standIns bool // was read with values that nobody wrote
	objects  []*objects.Object
	notes    []objects.Note
	problems []objects.Problem
}

func split(t *Text) []*document {
	spans := edit.Documents(t.Data)
	docs := make([]*document, 0, len(spans))
	at, line := 0, 1
	for i, s := range spans {
		for line < s.First {
			at += next(t.Data[at:])
			line++
		}
		begin := at
		for line <= s.Last {
			at += next(t.Data[at:])
			line++
		}
		docs = append(docs, &document{text: t, index: i, first: s.First, data: t.Data[begin:at]})
	}
	return docs
}

func next(data []byte) int {
	for i, c := range data {
		if c == '\n' {
			return i + 1
		}
	}
	return len(data)
}

// origin is the place of a field of the document, or of the nearest one around it.
func (d *document) origin(prefix, fieldPath string) objects.Origin {
	o := objects.Origin{File: d.text.File, Line: d.first, Doc: d.index}
	if d.text.Made {
		if d.text.Place != nil {
			if at, ok := d.text.Place(fieldPath); ok {
				return at
			}
		}
		o.Line, o.Doc = max(1, d.text.Line), d.text.Doc
		return o
	}
	if d.places != nil {
		at := d.places.find(objects.ParsePath(prefix + fieldPath))
		if at.line > 0 {
			o.Line = d.first + int(at.line) - 1
		}
	}
	return o
}

func (d *document) problem(rule, fieldPath, text string) *objects.Problem {
	d.problems = append(d.problems, objects.Problem{Rule: rule, Origin: d.origin("", fieldPath), Field: fieldPath, Text: text})
	return &d.problems[len(d.problems)-1]
}

// place fills in what edits of a document leave to whoever knows the file.
func (d *document) place(edits []objects.Edit) []objects.Edit {
	if d.text.Made {
		return nil
	}
	for i := range edits {
		edits[i].File, edits[i].Doc = d.text.File, d.index
	}
	return edits
}

func blank(data []byte) bool {
	for l := range strings.Lines(string(data)) {
		l = strings.TrimSpace(l)
		if l != "" && l != "---" && l != "..." && !strings.HasPrefix(l, "#") {
			return false
		}
	}
	return true
}
