package source

import (
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
var ErrNoFile = errors.New("no compose.yaml found")

// Options say how an application is read.
type Options struct {
	ProjectDir string            // where to look for files, and what relative paths are relative to; the working directory if empty
	Name       string            // name of the application; what the file or its folder says, if empty
	Profiles   []string          // of Compose; COMPOSE_PROFILES if empty
	Env        map[string]string // for interpolation; that of the process, if nil
}

// Load reads an application from the named files, later ones laid over earlier ones, or without any from the
// compose.yaml that Docker Compose would find, with its override.
func Load(ctx context.Context, files []string, opts Options) (*objects.Application, error) {
	if len(files) == 0 {
		found, err := find(opts.ProjectDir)
		if err != nil {
			return nil, err
		}
		files = found
	}
	var first string
	for i, f := range files {
		sort, err := look(f)
		if err != nil {
			return nil, err
		}
		if sort.manifest {
			return nil, fmt.Errorf("%s:%d: is a Kubernetes manifest (kind %s): these are not read yet; give it to kubectl, or name a Compose file", f, sort.line, sort.kind)
		}
		if i == 0 {
			first = f
		}
	}
	o := compose.Options(opts)
	if o.ProjectDir == "" {
		o.ProjectDir = filepath.Dir(first)
	}
	return compose.Load(ctx, files, o)
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
	manifest bool
	kind     string
	line     int
}

// look tells a manifest by its apiVersion and kind. What is no manifest, or cannot be read as YAML, is for the Compose
// reader to judge.
func look(file string) (nature, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nature{}, fmt.Errorf("%s: there is no such file", file)
	}
	if err != nil {
		return nature{}, fmt.Errorf("%s: cannot be read: %w", file, errors.Unwrap(err))
	}
	var found nature
	version := false
	for i, line := range strings.Split(string(text), "\n") {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		switch key {
		case "apiVersion":
			version = true
			found.line = i + 1
		case "kind":
			found.kind = strings.TrimSpace(value)
		case "services":
			return nature{}, nil
		}
	}
	found.manifest = version && found.kind != ""
	return found, nil
}
