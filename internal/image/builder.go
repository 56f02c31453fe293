package image

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// builder is an installed program that builds Dockerfiles.
type builder struct {
	name string
	test []string // succeeds if it works
	save func(tag, path string) []string
}

// builders are tried in this order.
var builders = []builder{
	{"docker", []string{"version", "--format", "{{.Server.Version}}"}, func(tag, path string) []string { return []string{"save", "-o", path, tag} }},
	{"podman", []string{"info"}, func(tag, path string) []string {
		return []string{"save", "--format", "docker-archive", "-o", path, tag}
	}},
	{"buildah", []string{"info"}, func(tag, path string) []string { return []string{"push", tag, "docker-archive:" + path + ":" + tag} }},
}

// findBuilder returns the first that is installed and works, or nil.
func findBuilder(ctx context.Context) *builder {
	for i, b := range builders {
		if _, err := exec.LookPath(b.name); err != nil {
			continue
		}
		short, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := exec.CommandContext(short, b.name, b.test...).Run()
		cancel()
		if err == nil {
			return &builders[i]
		}
	}
	return nil
}

// buildWith gives a Dockerfile to an installed builder and loads what it made.
func (s *Store) buildWith(ctx context.Context, b *builder, r ref, file string, o BuildOptions) (Image, error) {
	w, err := s.begin()
	if err != nil {
		return Image{}, err
	}
	defer w.end()
	args := []string{"build", "-t", r.name, "-f", file}
	if o.Target != "" {
		args = append(args, "--target", o.Target)
	}
	args = append(args, pairs("--build-arg", o.Args)...)
	args = append(args, pairs("--label", o.Labels)...)
	if err := runBuilder(ctx, b, append(args, o.Context), o.Progress); err != nil {
		return Image{}, err
	}
	tar := filepath.Join(w.dir, "built.tar")
	if err := runBuilder(ctx, b, b.save(r.name, tar), o.Progress); err != nil {
		return Image{}, err
	}
	images, err := s.Load(ctx, tar)
	if err != nil {
		return Image{}, err
	}
	img := images[0]
	img.Ref = r.shown
	return img, s.rename(r)
}

// rename makes the store show a name as its author wrote it.
func (s *Store) rename(r ref) error {
	return s.locked(func() error {
		idx, err := s.readIndex()
		if err != nil {
			return err
		}
		for i := range idx.Images {
			if idx.Images[i].Name == r.name {
				idx.Images[i].Ref = r.shown
			}
		}
		return s.writeIndex(idx)
	})
}

func pairs(flag string, m map[string]string) []string {
	var keys, out []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		out = append(out, flag, k+"="+m[k])
	}
	return out
}

func runBuilder(ctx context.Context, b *builder, args []string, progress io.Writer) error {
	var said strings.Builder
	cmd := exec.CommandContext(ctx, b.name, args...)
	both := io.MultiWriter(progress, &said) // one writer, so that the two are not written at once
	cmd.Stdout, cmd.Stderr = both, both
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("%s %s: %w: %s", b.name, args[0], err, strings.Join(lines[max(0, len(lines)-5):], "\n"))
	}
	return nil
}
