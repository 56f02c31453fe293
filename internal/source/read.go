package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose"
	"github.com/slipway-sh/slipway/internal/source/manifest"
)

// Read reads everything that the paths hold, files and folders, and stops at no fault: one application for every Compose
// project, kustomization and chart, one for all loose manifests, one with nothing but Problems for all Terraform files.
// Without a path it reads what Load would.
func Read(ctx context.Context, paths []string, opts Options) ([]*objects.Application, error) {
	if len(paths) == 0 {
		found, err := find(opts.ProjectDir)
		if err != nil {
			return nil, err
		}
		paths = found
	}
	units, err := discover(paths)
	if err != nil {
		return nil, err
	}
	var apps []*objects.Application
	for _, u := range units {
		app, err := u.read(ctx, opts)
		if err != nil {
			return nil, err
		}
		apps = append(apps, app)
	}
	if len(apps) == 0 {
		return nil, fmt.Errorf("%w in %s; name the file with -f", ErrNoFile, filepath.Join(paths...))
	}
	return apps, nil
}

func (u *unit) title() string {
	if len(u.files) > 0 {
		return u.files[0]
	}
	return u.dir
}

// read makes an application of a unit.
func (u *unit) read(ctx context.Context, opts Options) (*objects.Application, error) {
	switch u.sort {
	case composeProject:
		app, err := compose.Load(ctx, u.files, opts.compose(u.files[0]))
		if err != nil {
			app = &objects.Application{Name: opts.Name, Problems: composeProblems(err)}
		}
		return app, nil
	case manifests:
		texts, err := u.texts(opts)
		if err != nil {
			return nil, err
		}
		return u.assemble(ctx, manifest.Read(texts), opts)
	}
	return nil, errors.New("internal: a sort of files that is not read")
}

// assemble makes an application of what was read, with what is said beside it.
func (u *unit) assemble(ctx context.Context, r *manifest.Result, opts Options) (*objects.Application, error) {
	app := r.Assemble(manifest.Options{Name: opts.Name, Folder: u.dir, Namespace: opts.Namespace})
	if len(opts.Before) > 0 {
		paths := opts.Before
		opts.Before, opts.Namespace, opts.Name = nil, app.Namespace, app.Name
		before, err := Read(ctx, paths, opts)
		if err != nil {
			return nil, err
		}
		for _, b := range before {
			app.Before = append(app.Before, b.Objects...)
		}
	}
	return app, nil
}

func (u *unit) texts(opts Options) ([]manifest.Text, error) {
	texts := make([]manifest.Text, 0, len(u.files))
	for _, f := range u.files {
		data, err := opts.read(f)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read: %w", f, err)
		}
		texts = append(texts, manifest.Text{File: f, Data: data, Named: u.named[f]})
	}
	return texts, nil
}

// read gives the text of a file.
func (o *Options) read(file string) ([]byte, error) {
	if text, ok := o.Overlay[file]; ok {
		return text, nil
	}
	return os.ReadFile(file)
}

// composeProblems are the reasons why a project cannot be compiled.
func composeProblems(err error) []objects.Problem {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []objects.Problem
		for _, e := range many.Unwrap() {
			all = append(all, composeProblems(e)...)
		}
		return all
	}
	var p *compose.Problem
	if errors.As(err, &p) {
		return []objects.Problem{{Rule: "compose-refused", Origin: p.Origin, Field: p.Origin.Path, Text: p.Text}}
	}
	return []objects.Problem{{Rule: "compose-refused", Text: err.Error()}}
}

// holds tells whether a folder has manifests, a kustomization or a chart in it.
func holds(dir string) bool {
	if dir == "" {
		dir = "."
	}
	units, err := discover([]string{dir})
	if err != nil {
		return false
	}
	for _, u := range units {
		if u.sort == kustomization || u.sort == chart {
			return true
		}
		for _, f := range u.files {
			if n, err := look(f); err == nil && n.kind != "" && n.line > 0 {
				return true
			}
		}
	}
	return false
}
