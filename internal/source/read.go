package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipway-sh/slipway/internal/objects"
	helm "github.com/slipway-sh/slipway/internal/source/chart"
	"github.com/slipway-sh/slipway/internal/source/compose"
	"github.com/slipway-sh/slipway/internal/source/kustomize"
	"github.com/slipway-sh/slipway/internal/source/manifest"
	"github.com/slipway-sh/slipway/internal/source/rendered"
	"github.com/slipway-sh/slipway/internal/source/terraform"
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
	beside, err := readBeside(opts)
	if err != nil {
		return nil, err
	}
	var apps []*objects.Application
	for _, u := range units {
		app, err := u.read(ctx, opts, beside)
		if err != nil {
			return nil, err
		}
		apps = append(apps, app)
	}
	if len(apps) > 0 {
		apps[0].Problems = append(apps[0].Problems, beside.problems...)
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
func (u *unit) read(ctx context.Context, opts Options, beside *beside) (*objects.Application, error) {
	switch u.sort {
	case composeProject:
		app, err := compose.Audit(ctx, u.files, opts.compose(u.files[0]))
		if err == nil {
			opts.diagnose(app)
		}
		return app, err
	case terraformFiles:
		return u.terraform(opts)
	}
	texts, problems, err := u.texts(opts)
	if err != nil {
		return nil, err
	}
	r := manifest.Read(append(texts, beside.texts...))
	r.Problems = append(problems, r.Problems...)
	return u.assemble(ctx, r, beside, opts)
}

func (u *unit) terraform(opts Options) (*objects.Application, error) {
	files := map[string][]byte{}
	for _, f := range u.files {
		text, err := opts.read(f)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read: %w", f, err)
		}
		files[f] = text
	}
	return &objects.Application{Name: opts.Name, Problems: terraform.ReadAll(files)}, nil
}

// assemble makes an application of what was read, with what is said beside it.
func (u *unit) assemble(ctx context.Context, r *manifest.Result, beside *beside, opts Options) (*objects.Application, error) {
	app := r.Assemble(manifest.Options{Name: opts.Name, Folder: u.dir, Namespace: opts.Namespace, Given: beside.objects(), Installs: beside.installs})
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

// texts are the manifests of a unit, as written or as a tool makes them.
func (u *unit) texts(opts Options) ([]manifest.Text, []objects.Problem, error) {
	switch u.sort {
	case kustomization:
		docs, problems, err := kustomize.Build(u.dir)
		if err != nil {
			problems = append(problems, objects.Problem{Rule: kustomize.RuleBroken, Origin: objects.Origin{File: u.dir}, Text: err.Error()})
		}
		return made(docs), problems, nil
	case chart:
		docs, problems, err := helm.Render(u.dir, opts.Values, helm.Options{Name: opts.Name, Namespace: opts.Namespace})
		return made(docs), problems, err
	}
	texts := make([]manifest.Text, 0, len(u.files))
	for _, f := range u.files {
		data, err := opts.read(f)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: cannot be read: %w", f, err)
		}
		texts = append(texts, manifest.Text{File: f, Data: data, Named: u.named[f]})
	}
	return texts, nil, nil
}

func made(docs []rendered.Document) []manifest.Text {
	texts := make([]manifest.Text, 0, len(docs))
	for _, d := range docs {
		texts = append(texts, manifest.Text{File: d.File, Data: d.Text, Line: d.Line, Doc: d.Doc, Place: d.Place, Made: true, Named: true, Given: d.Test})
	}
	return texts
}

// read gives the text of a file.
func (o *Options) read(file string) ([]byte, error) {
	if text, ok := o.Overlay[file]; ok {
		return text, nil
	}
	return os.ReadFile(file)
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
