package compose

import (
	"context"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/slipway-sh/slipway/internal/objects"
)

// anyway looks at a project that cannot be read, as far as its files can be: with unknown keys, without what it names
// and does not have. What is wrong at a place of which something was said already is not said again.
func (r *reader) anyway(ctx context.Context, files []string, opts Options, said []objects.Problem) []objects.Problem {
	if r.places == nil || r.places.Root == nil {
		return nil
	}
	project, err := r.lenient(ctx, files, opts)
	if err != nil {
		return r.legacy()
	}
	r.problems, r.notes = nil, nil
	found, err := quietly(func() ([]objects.Problem, error) {
		r.checkKeys(project)
		c := run(r, project)
		seen := map[objects.Origin]bool{}
		for _, p := range said {
			seen[p.Origin] = true
		}
		var all []objects.Problem
		for _, problem := range r.problems {
			p := refusals(problem)[0]
			if !seen[p.Origin] {
				seen[p.Origin] = true
				all = append(all, p)
			}
		}
		r.refuse("cannot be read") // its objects are nobody's
		return append(all, lint(c)...), nil
	})
	if err != nil {
		return r.legacy()
	}
	return found
}

func (r *reader) lenient(ctx context.Context, files []string, opts Options) (*types.Project, error) {
	files, dir, err := absolute(files, opts.ProjectDir)
	if err != nil {
		return nil, err
	}
	po, err := r.options(files, dir, opts, func(o *loader.Options) {
		o.SkipValidation, o.SkipConsistencyCheck, o.SkipResolveEnvironment, o.SkipResolveLabels = true, true, true, true
	})
	if err != nil {
		return nil, err
	}
	return quietly(func() (*types.Project, error) { return po.LoadProject(ctx) })
}
