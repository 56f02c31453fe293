package image

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

//go:embed staticserver/main.go
var staticServer []byte

// buildStatic makes an image of a folder of files and a small web server, which listens on $PORT (8080).
func (s *Store) buildStatic(ctx context.Context, r ref, o BuildOptions) (Image, error) {
	if goVersion(ctx) == "" {
		return Image{}, errors.New("the web server of a static folder is compiled with the Go toolchain, which this machine does not have (command \"go\"): see https://go.dev/dl")
	}
	if len(o.Args) > 0 || o.Target != "" {
		return Image{}, errors.New("a folder of static files has neither build arguments nor targets")
	}
	src := filepath.Join(s.dir, "builds", "staticserver-source")
	for name, content := range map[string][]byte{"main.go": staticServer, "go.mod": []byte("module staticserver\n\ngo 1.25\n")} {
		if err := os.MkdirAll(src, 0o700); err != nil {
			return Image{}, err
		}
		if err := os.WriteFile(filepath.Join(src, name), content, 0o600); err != nil {
			return Image{}, err
		}
	}
	bin, err := s.compile(ctx, src, src, "staticserver", []string{"GOWORK=off", "GOFLAGS="}, o.Progress)
	if err != nil {
		return Image{}, err
	}
	w, err := s.begin()
	if err != nil {
		return Image{}, err
	}
	defer w.end()
	files, err := w.packStatic(ctx, o.Context)
	if err != nil {
		return Image{}, err
	}
	config := v1.Config{
		Entrypoint: []string{"/staticserver", "/srv"}, WorkingDir: "/srv", User: fmt.Sprintf("%d:%d", nonroot, nonroot),
		Env: []string{"PATH=/", "PORT=8080"}, ExposedPorts: map[string]struct{}{"8080/tcp": {}}, Labels: o.Labels,
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "/staticserver", "health"}},
	}
	return w.program(ctx, r, config, "staticserver", bin, files)
}

// packStatic takes the files of a folder, readable for everyone, without hidden ones (.git, .env) and without links
// out of it.
func (w *work) packStatic(ctx context.Context, dir string) (v1.Descriptor, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer func() { _ = root.Close() }()
	stage := filepath.Join(w.dir, "static")
	if err := os.MkdirAll(filepath.Join(stage, "srv"), 0o755); err != nil {
		return v1.Descriptor{}, err
	}
	err = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(path.Base(p), ".") && p != "." && p != ".well-known" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		to := filepath.Join(stage, "srv", p)
		info, err := root.Stat(p) // a link inside the folder is its target
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			return os.Chmod(to, 0o755)
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s: only files can be served", p)
		}
		b, err := root.ReadFile(p)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			return err
		}
		return os.Chmod(to, 0o644)
	})
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("static folder %s: %w", dir, err)
	}
	if err := os.Chmod(filepath.Join(stage, "srv"), 0o755); err != nil {
		return v1.Descriptor{}, err
	}
	return w.pack(ctx, stage)
}
