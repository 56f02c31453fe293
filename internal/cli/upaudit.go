package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

// asked are rules whose answer depends on where the application goes: there it is asked, and namespaces are made.
var asked = []string{"unknown-kind", "namespace-missing"}

// judge audits what is about to be delivered: it says what is broken, and stops at what an API would refuse.
func (s *session) judge(app *objects.Application, files []string, show shower) error {
	ignores, err := s.ignores(files, nil)
	if err != nil {
		return err
	}
	var refused []error
	for _, f := range audit.Run(app, ignores) {
		stops := f.Severity() == rule.Refused && !f.Mended && !slices.Contains(asked, f.Rule.ID)
		if f.Ignored != "" || f.Severity() == rule.Risk || f.Mended {
			continue
		}
		text := fmt.Sprintf("%s (%s)", f.Message, f.Rule.ID)
		if f.Object != "" {
			text = f.Object + ": " + text
		}
		if stops {
			refused = append(refused, fmt.Errorf("%s:%d: %s", f.Origin.File, f.Origin.Line, text))
			continue
		}
		show.note(objects.Note{Severity: objects.Warning, Origin: objects.Origin{File: f.Origin.File, Line: f.Origin.Line}, Text: text})
	}
	if len(refused) > 0 {
		refused = append(refused, errors.New(`an API would refuse this, so nothing was changed; "slipway audit" says what to do, "slipway audit --fix" mends what has one right answer`))
		return errors.Join(refused...)
	}
	app.Objects = slices.DeleteFunc(app.Objects, func(o *objects.Object) bool { return o.Given || o.Piece })
	app.Label()
	return nil
}
