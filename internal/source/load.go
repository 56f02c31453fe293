package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose"
)

// ErrNoFile is returned when no file was named and none was found.
var ErrNoFile = errors.New("no compose.yaml and no manifest found")

// Options say how an application is read.
type Options struct {
	ProjectDir string            // where to look for files, and what relative paths are relative to; the working directory if empty
	Name       string            // name of the application; what the file or its folder says, if empty
	Profiles   []string          // of Compose; COMPOSE_PROFILES if empty
	Env        map[string]string // for interpolation; that of the process, if nil
	Namespace  string            // of objects that name none
	Values     []string          // files of values, for charts
	With       []string          // files of commands that are run beside manifests
	Before     []string          // files and folders with what runs today
	Overlay    map[string][]byte // what files hold instead of what is on the disk
}

// Load reads one application to be delivered, from the named files, later Compose files laid over earlier ones, or
// without any from what is in the folder. A Compose project that cannot be compiled is an error; what is wrong with
// manifests is in the application's Problems.
func Load(ctx context.Context, files []string, opts Options) (*objects.Application, error) {
	if len(files) == 0 {
		found, err := find(opts.ProjectDir)
		if err != nil {
			return nil, err
		}
		files = found
	}
	units, err := discover(files)
	if err != nil {
		return nil, err
	}
	var use *unit
	for _, u := range units {
		switch {
		case u.sort == terraformFiles:
		case use == nil:
			use = u
		case use.sort == composeProject && u.sort == composeProject: // files laid over one another, from other folders
			use.files = append(use.files, u.files...)
		default:
			return nil, fmt.Errorf("%s and %s are two applications; name one of them", use.title(), u.title())
		}
	}
	if use == nil {
		return nil, fmt.Errorf("%w in %s; name the file with -f", ErrNoFile, strings.Join(files, ", "))
	}
	if use.sort == composeProject {
		return compose.Load(ctx, use.files, opts.compose(use.files[0]))
	}
	beside, err := readBeside(opts)
	if err != nil {
		return nil, err
	}
	app, err := use.read(ctx, opts, beside)
	if err != nil {
		return nil, err
	}
	if len(app.Objects) == 0 && len(app.Problems) == 0 {
		return nil, fmt.Errorf("%s: %w: no manifest is in it", use.title(), ErrNoFile)
	}
	app.Sort()
	return app, nil
}

// compose are the options for a Compose project whose first file is named.
func (o Options) compose(first string) compose.Options {
	c := compose.Options{ProjectDir: o.ProjectDir, Name: o.Name, Profiles: o.Profiles, Env: o.Env}
	if c.ProjectDir == "" {
		c.ProjectDir = filepath.Dir(first)
	}
	return c
}

// names of Compose files and of what is laid over them, in the order in which Docker Compose looks for them.
var (
	names     = []string{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}
	overrides = []string{"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"}
)

// find looks in the folder and those above it.
func find(dir string) ([]string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for at := start; ; at = filepath.Dir(at) {
		if f := one(at, names); f != "" {
			files := []string{f}
			if over := one(at, overrides); over != "" {
				files = append(files, over)
			}
			return files, nil
		}
		if at == filepath.Dir(at) {
			if holds(dir) {
				return []string{cmp.Or(dir, ".")}, nil
			}
			return nil, fmt.Errorf("%w in %s or above it; name the file with -f", ErrNoFile, start)
		}
	}
}

func one(dir string, names []string) string {
	for _, n := range names {
		f := filepath.Join(dir, n)
		if info, err := os.Stat(f); err == nil && !info.IsDir() {
			return f
		}
	}
	return ""
}

// nature is what a file was seen to be.
type nature struct {
	compose bool
	kind    string // of a manifest
	line    int
}

// look tells a Compose file by its services, and a manifest by its apiVersion and kind.
func look(file string) (nature, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nature{}, fmt.Errorf("%s: there is no such file", file)
	}
	if err != nil {
		return nature{}, fmt.Errorf("%s: cannot be read: %w", file, errors.Unwrap(err))
	}
	return see(text), nil
}

func see(text []byte) nature {
	var found nature
	version := false
	i := 0
	for line := range strings.Lines(string(text)) {
		i++
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if !ok {
			continue
		}
		switch key {
		case "apiVersion":
			version = true
			found.line = i
		case "kind":
			found.kind = strings.TrimSpace(value)
		case "services":
			return nature{compose: !version}
		}
	}
	return found
}
