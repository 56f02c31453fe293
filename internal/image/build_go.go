package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slipway-sh/slipway/internal/image/dockerfile"
)

// nonroot is who programs built here run as: a number, so that runAsNonRoot can be judged.
const nonroot = 65532

// goVersion is "1.26.8" for this machine's Go, "" if it has none.
func goVersion(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return ""
	}
	v, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "go"), " ")
	return v
}

// isGo tells whether a directory has Go files, or is the top of a module.
func isGo(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "*.go"))
	return err == nil && len(found) > 0 || exists(filepath.Join(dir, "go.mod"))
}

// buildGo makes an image of a Go program: the static binary, the certificates to trust, a user, a /tmp.
func (s *Store) buildGo(ctx context.Context, r ref, o BuildOptions) (Image, error) {
	if goVersion(ctx) == "" {
		return Image{}, errors.New("a Go program needs the Go toolchain on this machine (command \"go\"): see https://go.dev/dl")
	}
	env, err := goArgs(o.Args)
	if err != nil {
		return Image{}, err
	}
	pkg, name, err := mainPackage(ctx, o)
	if err != nil {
		return Image{}, err
	}
	bin, err := s.compile(ctx, o.Context, pkg, name, env, o.Progress)
	if err != nil {
		return Image{}, err
	}
	w, err := s.begin()
	if err != nil {
		return Image{}, err
	}
	defer w.end()
	config := v1.Config{
		Entrypoint: []string{"/" + name}, WorkingDir: "/", User: fmt.Sprintf("%d:%d", nonroot, nonroot),
		Env: []string{"PATH=/"}, Labels: o.Labels,
	}
	return w.program(ctx, r, config, name, bin)
}

// program commits an image of the base layer, one binary, and further layers.
func (w *work) program(ctx context.Context, r ref, config v1.Config, name, bin string, more ...v1.Descriptor) (Image, error) {
	base, err := w.packFiles(ctx,
		file{name: "etc/", mode: 0o755},
		file{name: "etc/group", mode: 0o644, content: fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", nonroot)},
		file{name: "etc/passwd", mode: 0o644, content: fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:%d:%d:nonroot:/home/nonroot:/sbin/nologin\n", nonroot, nonroot)},
		file{name: "etc/ssl/", mode: 0o755}, file{name: "etc/ssl/certs/", mode: 0o755},
		file{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, content: append([]byte{}, dockerfile.Certificates()...)},
		file{name: "home/", mode: 0o755}, file{name: "home/nonroot/", mode: 0o700, uid: nonroot},
		file{name: "tmp/", mode: 0o1777})
	if err != nil {
		return Image{}, err
	}
	b, err := os.ReadFile(bin)
	if err != nil {
		return Image{}, err
	}
	program, err := w.packFiles(ctx, file{name: name, mode: 0o755, content: b})
	if err != nil {
		return Image{}, err
	}
	layers := append([]v1.Descriptor{base, program}, more...)
	var diffIDs []v1.Hash
	for _, l := range layers {
		diffIDs = append(diffIDs, l.Digest) // they are not compressed
	}
	return w.single(ctx, r, config, layers, diffIDs)
}

// goArgs are the build arguments that mean something without a Dockerfile.
func goArgs(args map[string]string) ([]string, error) {
	var env []string
	for k, v := range args {
		if !strings.HasPrefix(k, "GO") || strings.Contains(v, "exec") {
			return nil, fmt.Errorf("the build argument %s means nothing to a Go program without a Dockerfile; GOFLAGS and other GO… variables do", k)
		}
		env = append(env, k+"="+v)
	}
	sort.Strings(env)
	return env, nil
}

var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// mainPackage finds the program in a context: the context's own package, or the only one below, or that which
// Target names.
func mainPackage(ctx context.Context, o BuildOptions) (dir, name string, err error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-find", "-f", `{{if eq .Name "main"}}{{.Dir}} {{.ImportPath}}{{end}}`, "./...")
	cmd.Dir = o.Context
	cmd.Env = append(os.Environ(), "PWD="+o.Context, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", "", errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return "", "", err
	}
	var all []string
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		d, imported, ok := strings.Cut(line, " ")
		if !ok {
			continue
		}
		rel, err := filepath.Rel(o.Context, d)
		if err != nil {
			return "", "", err
		}
		all = append(all, rel)
		dir, name = d, path.Base(majorVersion.ReplaceAllString(imported, ""))
		if o.Target != "" && (rel == filepath.Clean(o.Target) || filepath.Base(rel) == o.Target) || o.Target == "" && rel == "." {
			return dir, name, nil
		}
	}
	switch {
	case len(all) == 0:
		return "", "", fmt.Errorf("%s: its Go packages are libraries; none is a main package", o.Context)
	case o.Target != "":
		return "", "", fmt.Errorf("no Go program in %s is named %q; there are: %s", o.Context, o.Target, strings.Join(all, ", "))
	case len(all) > 1:
		return "", "", fmt.Errorf("%s holds several Go programs: name one as the target: %s", o.Context, strings.Join(all, ", "))
	}
	return dir, name, nil
}

// compile builds a program where the last build put it: the go command leaves it alone if nothing changed.
func (s *Store) compile(ctx context.Context, contextDir, pkg, name string, env []string, progress io.Writer) (string, error) {
	sum := sha256.Sum256([]byte(contextDir + "\x00" + pkg + "\x00" + strings.Join(env, "\x00")))
	dir := filepath.Join(s.dir, "builds", "go-"+hex.EncodeToString(sum[:16]))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	now := time.Now()
	_ = os.Chtimes(dir, now, now)
	bin := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", bin, ".")
	cmd.Dir = pkg
	cmd.Env = append(append(os.Environ(), env...), "PWD="+pkg, "CGO_ENABLED=0", "GOOS=linux")
	var said strings.Builder
	both := io.MultiWriter(progress, &said) // one writer, so that the two are not written at once
	cmd.Stdout, cmd.Stderr = both, both
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("go build in %s: %w\n%s", pkg, err, strings.TrimSpace(said.String()))
	}
	return bin, nil
}
