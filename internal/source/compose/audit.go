package compose

import (
	"context"
	"errors"

	"github.com/slipway-sh/slipway/internal/objects"
)

// RuleRefused is the rule of audit's catalogue by which a project cannot be compiled.
const RuleRefused = "compose-refused"

// Audit reads a project as Load does, and adds what the text alone shows. A project that cannot be compiled is no error:
// the application then has no objects, and its Problems say why, beside what could be seen all the same.
func Audit(ctx context.Context, files []string, opts Options) (*objects.Application, error) {
	r := &reader{edited: true}
	project, err := r.read(ctx, files, opts)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		said := refusals(err)
		return &objects.Application{Name: opts.Name, Problems: append(said, r.anyway(ctx, files, opts, said)...)}, nil
	}
	c := run(r, project)
	app, err := c.result()
	if err != nil {
		app = &objects.Application{Name: c.app.Name, Problems: refusals(err)}
	}
	app.Problems = append(app.Problems, lint(c)...)
	return app, nil
}

// refusals are the reasons why a project cannot be compiled.
func refusals(err error) []objects.Problem {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []objects.Problem
		for _, e := range many.Unwrap() {
			all = append(all, refusals(e)...)
		}
		return all
	}
	var p *Problem
	if errors.As(err, &p) {
		return []objects.Problem{{Rule: RuleRefused, Origin: p.Origin, Field: p.Origin.Path, Text: p.Text}}
	}
	return []objects.Problem{{Rule: RuleRefused, Text: err.Error()}}
}
