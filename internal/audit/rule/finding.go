package rule

import "github.com/slipway-sh/slipway/internal/objects"

// Finding is one thing that is wrong with one object.
type Finding struct {
	Rule     *Rule
	Object   string         // as errors name it; empty for a text without an object
	Origin   objects.Origin // of the field
	Field    string         // path of the field, in the terms of the source
	Message  string         // what is wrong, in one sentence
	Advice   string         // what to do here
	Snippet  string         // how it could be written, if --fix does not
	Edits    []objects.Edit
	Ignored  string // why it is ignored, if it is
	Mended   bool   // on reading, so that the application can be delivered
	on       *objects.Object
	apiField string
}

// Severity is that of the rule.
func (f *Finding) Severity() Severity { return f.Rule.Severity }

// Mendable says that --fix mends it.
func (f *Finding) Mendable() bool { return len(f.Edits) > 0 }

// On is the object that the finding is about, nil if there is none.
func (f *Finding) On() *objects.Object { return f.on }

// Advise says what to do here, instead of the rule's own advice.
func (f *Finding) Advise(text string) *Finding { f.Advice = text; return f }

// Show adds how it could be written, as YAML.
func (f *Finding) Show(snippet string) *Finding { f.Snippet = snippet; return f }

// At moves the finding to another object's field, where it is written.
func (f *Finding) At(o *objects.Object, field string) *Finding { f.on, f.apiField = o, field; return f }

// Set adds the edit that gives a field a value.
func (f *Finding) Set(field string, value any) *Finding {
	return f.edit(objects.Edit{Op: objects.EditSet, Path: field, Value: value})
}

// Remove adds the edit that takes a field away.
func (f *Finding) Remove(field string) *Finding {
	return f.edit(objects.Edit{Op: objects.EditRemove, Path: field})
}

// Rename adds the edit that gives the last key of a path another name.
func (f *Finding) Rename(field, key string) *Finding {
	return f.edit(objects.Edit{Op: objects.EditRename, Path: field, Value: key})
}

// edit adds an edit to the text of the object. An object that is not there as it is written cannot be edited: whoever
// reads its text again after the other edits finds it in its current form.
func (f *Finding) edit(e objects.Edit) *Finding {
	if f.on == nil || f.on.Rewritten || f.on.Given || f.on.Origin.File == "" || f.on.Origin.Line == 0 || f.on.Origin.Path != "" {
		return f
	}
	e.File, e.Doc = f.on.Origin.File, f.on.Origin.Doc
	f.Edits = append(f.Edits, e)
	return f
}

// Settle finds where the finding was written and fills in what the rule says for all cases.
func (f *Finding) Settle() {
	if f.on != nil {
		f.Object = f.on.Title()
		f.Origin = f.on.OriginOf(f.apiField)
		f.Field = f.apiField
		if f.Origin.Path != "" {
			f.Field = f.Origin.Path
			f.Snippet = "" // it is in the terms of Kubernetes
		}
	}
	if f.Advice == "" {
		f.Advice = f.Rule.Advice
		if f.Rule.Compose != "" && f.Origin.Path != "" {
			f.Advice = f.Rule.Compose
		}
	}
}
