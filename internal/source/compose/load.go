package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// Options say how a project is read.
type Options struct {
	ProjectDir string            // the folder of the first file, if empty
	Name       string            // name of the project; the file's own name or the folder's, if empty
	Profiles   []string          // as COMPOSE_PROFILES, if empty
	Env        map[string]string // for interpolation; that of the process, if nil. The project's .env file adds to it.
}

// Load compiles the project in the given files, later ones laid over earlier ones, to objects.
// Its errors begin with file and line; several problems are joined, one a line.
func Load(ctx context.Context, files []string, opts Options) (*objects.Application, error) {
	r := &reader{}
	project, err := r.read(ctx, files, opts)
	if err != nil {
		return nil, err
	}
	return compile(r, project)
}

// reader is a project being read: its places, and what was found on the way.
type reader struct {
	places   *position.Project
	names    names
	problems []*Problem
	notes    []objects.Note
	unset    map[string]string // variable → the first text that wanted it
	env      types.Mapping
	edited   bool // what is found may be edited, and so files are named as they are found from here
}

func (r *reader) read(ctx context.Context, files []string, opts Options) (*types.Project, error) {
	files, dir, err := absolute(files, opts.ProjectDir)
	if err != nil {
		return nil, err
	}
	here, _ := os.Getwd() // only for shorter names
	r.names, r.unset = names{here, dir, r.edited}, map[string]string{}
	po, err := r.options(files, dir, opts)
	if err != nil {
		return nil, err
	}
	r.env = po.Environment
	expand := func(s string) string {
		v, err := template.SubstituteWithOptions(s, po.Environment.Resolve, template.WithoutLogging)
		if err != nil {
			return s
		}
		return v
	}
	if r.places, err = position.Load(files, dir, expand); err != nil {
		return nil, r.fileError(err)
	}
	r.unknownKeys()
	if len(r.problems) > 0 {
		return nil, join(r.problems)
	}
	project, err := quietly(func() (*types.Project, error) { return po.LoadProject(ctx) })
	var p *panicError
	if errors.As(err, &p) {
		if told := r.schemaError(); told != nil {
			err = told
		}
	}
	if err != nil {
		return nil, r.explain(err)
	}
	r.checkKeys(project)
	r.unsetVariables()
	return project, nil
}

func absolute(files []string, dir string) ([]string, string, error) {
	if len(files) == 0 {
		return nil, "", errors.New("no Compose file given")
	}
	abs := make([]string, len(files))
	for i, f := range files {
		a, err := filepath.Abs(f)
		if err != nil {
			return nil, "", err
		}
		abs[i] = a
	}
	if dir == "" {
		dir = filepath.Dir(abs[0])
	}
	dir, err := filepath.Abs(dir)
	return abs, dir, err
}

func (r *reader) options(files []string, dir string, opts Options, more ...func(*loader.Options)) (*cli.ProjectOptions, error) {
	environment := cli.WithOsEnv
	if opts.Env != nil {
		environment = func(o *cli.ProjectOptions) error {
			for k, v := range opts.Env {
				o.Environment[k] = v
			}
			return nil
		}
	}
	po, err := cli.NewProjectOptions(files,
		cli.WithWorkingDirectory(dir),
		environment,
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultProfiles(opts.Profiles...),
		cli.WithName(opts.Name),
		cli.WithLoadOptions(more...),
		cli.WithLoadOptions(func(o *loader.Options) {
			if o.Interpolate == nil {
				o.Interpolate = &interpolation.Options{}
			}
			o.Interpolate.Substitute = r.substitute
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.names.show(dir), err)
	}
	return po, nil
}

// substitute interpolates one text and remembers variables that have no value.
func (r *reader) substitute(text string, values template.Mapping) (string, error) {
	return template.SubstituteWithOptions(text, values, template.WithoutLogging,
		template.WithReplacementFunction(func(part string, values template.Mapping, cfg *template.Config) (string, error) {
			v, found, err := template.DefaultReplacementAppliedFunc(part, values, cfg)
			if err == nil && !found {
				if _, seen := r.unset[part]; !seen {
					r.unset[part] = text
				}
			}
			return v, err
		}))
}

// origin is the place of a path of the project, as notes and objects carry it.
func (r *reader) origin(path ...string) objects.Origin {
	at := r.places.At(path...)
	return objects.Origin{File: r.names.show(at.File), Line: at.Line, Path: position.Join(path...)}
}

func (r *reader) refuse(text string, path ...string) {
	r.problems = append(r.problems, &Problem{r.origin(path...), text})
}

func (r *reader) warn(text string, path ...string) { r.note(objects.Warning, text, path...) }
func (r *reader) info(text string, path ...string) { r.note(objects.Info, text, path...) }

func (r *reader) note(s objects.Severity, text string, path ...string) {
	r.notes = append(r.notes, objects.Note{Severity: s, Origin: r.origin(path...), Text: text})
}
