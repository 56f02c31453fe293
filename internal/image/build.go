package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slipway-sh/slipway/internal/image/dockerfile"
)

// BuildOptions says what to make an image of.
type BuildOptions struct {
	Ref        string            // the image's name
	Context    string            // a directory: a Go program, a folder of static files, or anything with a Dockerfile
	Dockerfile string            // "" for the context's own, if it has one; relative names are relative to the context
	Target     string            // stage of the Dockerfile; or, of several Go programs, the directory of the one
	Args       map[string]string // ARG of the Dockerfile; for a Go program without one, GO… variables
	Labels     map[string]string
	Progress   io.Writer // what compilers and builders say; may be nil
}

// ErrNothingToBuild says that a build context is none of the things that can be built.
var ErrNothingToBuild = errors.New("nothing to build in it: no Dockerfile, no Go program (go.mod and a main package), no index.html")

// Build makes an image. A Dockerfile is given to docker, podman or buildah where one works; otherwise, and for Go
// programs and static folders, the image is made here. The same input gives the same image, so that a build that
// changes nothing rolls nothing out. Builds of one store wait for each other.
func (s *Store) Build(ctx context.Context, o BuildOptions) (Image, error) {
	img, err := s.build(ctx, o)
	if err != nil {
		return Image{}, fmt.Errorf("image %s: build: %w", o.Ref, s.explain(err))
	}
	return img, nil
}

func (s *Store) build(ctx context.Context, o BuildOptions) (Image, error) {
	r, err := parseRef(o.Ref)
	if err != nil {
		return Image{}, err
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.Context, err = filepath.Abs(o.Context); err != nil {
		return Image{}, err
	}
	if info, err := os.Stat(o.Context); err != nil || !info.IsDir() {
		return Image{}, fmt.Errorf("the build context %s is not a directory", o.Context)
	}
	file := cmp.Or(o.Dockerfile, "Dockerfile")
	if !filepath.IsAbs(file) {
		file = filepath.Join(o.Context, file)
	}
	_, missing := os.Stat(file)
	if missing != nil && o.Dockerfile != "" {
		return Image{}, fmt.Errorf("dockerfile: %w", missing)
	}
	unlock, err := lockFile(filepath.Join(s.dir, "locks", "build"))
	if err != nil {
		return Image{}, err
	}
	defer unlock()
	defer s.evict()
	switch {
	case missing == nil:
		return s.buildDockerfile(ctx, r, file, o)
	case isGo(o.Context):
		return s.buildGo(ctx, r, o)
	case exists(filepath.Join(o.Context, "index.html")):
		return s.buildStatic(ctx, r, o)
	}
	return Image{}, fmt.Errorf("%s: %w", o.Context, ErrNothingToBuild)
}

// buildDockerfile tries an installed builder first. Where that fails, for instance because no registry can be
// reached, and the file is one of those that can be carried out here, it is.
func (s *Store) buildDockerfile(ctx context.Context, r ref, file string, o BuildOptions) (Image, error) {
	plan, planErr := dockerfile.Read(file, o.Target, o.Args, goVersion(ctx))
	if b := findBuilder(ctx); b != nil {
		img, err := s.buildWith(ctx, b, r, file, o)
		if err == nil || planErr != nil || ctx.Err() != nil {
			return img, err
		}
		fmt.Fprintf(o.Progress, "%v\ncarried out without it\n", err)
	}
	if planErr != nil {
		return Image{}, planErr
	}
	w, err := s.begin()
	if err != nil {
		return Image{}, err
	}
	defer w.end()
	var img Image
	in := dockerfile.Inputs{Context: o.Context, File: file, Cache: stageCache{s}, Progress: o.Progress}
	err = plan.Run(ctx, in, func(dir string, config v1.Config) error {
		d, err := w.pack(ctx, dir)
		if err != nil {
			return err
		}
		addLabels(&config, o.Labels)
		img, err = w.single(ctx, r, config, []v1.Descriptor{d}, []v1.Hash{d.Digest})
		return err
	})
	return img, err
}

func addLabels(c *v1.Config, labels map[string]string) {
	if len(labels) == 0 {
		return
	}
	all := map[string]string{}
	for _, m := range []map[string]string{c.Labels, labels} {
		for k, v := range m {
			all[k] = v
		}
	}
	c.Labels = all
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// stageCache keeps stages of Dockerfiles by what their files depend on. Its caller holds the build lock.
type stageCache struct{ s *Store }

func (c stageCache) Stage(key string, fill func(dir string) error) (string, func(), error) {
	dir := filepath.Join(c.s.dir, "builds", "stage-"+key[:32])
	now := time.Now()
	if os.Chtimes(filepath.Dir(dir), now, now) == nil && os.Chtimes(dir, now, now) == nil {
		return filepath.Join(dir, "fs"), func() {}, nil
	}
	w, err := c.s.begin()
	if err != nil {
		return "", nil, err
	}
	defer w.end()
	made := filepath.Join(w.dir, "stage")
	if err := os.MkdirAll(filepath.Join(made, "fs"), 0o755); err != nil {
		return "", nil, err
	}
	if err := fill(filepath.Join(made, "fs")); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", nil, err
	}
	return filepath.Join(dir, "fs"), func() {}, os.Rename(made, dir)
}

// keptBuilds is how many stages and programs stay for the next build.
const keptBuilds = 24

// evict removes the builds that were not used for longest.
func (s *Store) evict() {
	entries, err := os.ReadDir(filepath.Join(s.dir, "builds"))
	if err != nil || len(entries) <= keptBuilds {
		return
	}
	sortByAge(entries)
	for _, e := range entries[:len(entries)-keptBuilds] {
		_ = os.RemoveAll(filepath.Join(s.dir, "builds", e.Name()))
	}
}
