package rendered

import "github.com/slipway-sh/slipway/internal/objects"

// Document is one object that a tool made.
type Document struct {
	Text []byte // YAML of one object
	File string // which a person would edit: a template or resource, relative as given
	Line int    // where in File the object begins, or the best guess at it; from 1
	Doc  int    // which document of File, from 0; 0 for templates

	// Test says that the tool makes it only when it is told to test: others may refer to it.
	Test bool
	// Place tells where a field was written, in File or in another (a patch), if that can be found. It may be nil.
	Place func(fieldPath string) (objects.Origin, bool)
}

// Origin is where the object begins.
func (d Document) Origin() objects.Origin {
	return objects.Origin{File: d.File, Line: d.Line, Doc: d.Doc}
}
