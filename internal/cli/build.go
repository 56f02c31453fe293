package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/slipway-sh/slipway/internal/image"
	"github.com/slipway-sh/slipway/internal/objects"
)

// buildAll builds the application's images and returns the content of all those that this machine has, by the names
// that the containers use.
func (s *session) buildAll(ctx context.Context, app *objects.Application, skip bool, show shower) (map[string]string, error) {
	digests := map[string]string{}
	if len(app.Builds) == 0 && !s.where.engine() {
		return digests, nil
	}
	store, err := images()
	if err != nil {
		return nil, err
	}
	if !skip {
		for _, b := range app.Builds {
			img, err := s.build(ctx, store, b, show)
			if err != nil {
				return nil, err
			}
			digests[b.Ref] = img.ID
		}
		if len(app.Builds) > 0 && !s.where.engine() {
			show.line(`note: images built here are not on the cluster by themselves; push them to a registry that it reads, or import them there from "slipway image save"`)
		}
	}
	for _, o := range app.Objects {
		spec, _ := objects.PodSpec(o.Object)
		if spec == nil || !s.where.engine() {
			continue
		}
		for _, c := range append(spec.InitContainers, spec.Containers...) {
			if img, err := store.Get(c.Image); err == nil {
				digests[c.Image] = img.ID
			} else if !errors.Is(err, image.ErrNotFound) {
				return nil, err
			}
		}
	}
	return digests, nil
}

// build makes one image; what compilers say is shown only when they fail.
func (s *session) build(ctx context.Context, store *image.Store, b objects.Build, show shower) (image.Image, error) {
	show.status("image "+b.Ref, "building")
	var said strings.Builder
	img, err := store.Build(ctx, image.BuildOptions{
		Ref: b.Ref, Context: b.Context, Dockerfile: b.Dockerfile, Target: b.Target, Args: b.Args, Labels: b.Labels,
		Progress: io.Writer(&said),
	})
	if err != nil {
		if b.Origin.File != "" {
			err = fmt.Errorf("%s: %w", b.Origin, err)
		}
		if text := strings.TrimSpace(said.String()); text != "" && !strings.Contains(err.Error(), text) {
			err = fmt.Errorf("%w\n%s", err, text)
		}
		return image.Image{}, err
	}
	show.status("image "+b.Ref, "built "+shortID(img.ID))
	return img, nil
}

func shortID(id string) string {
	_, hex, _ := strings.Cut(id, ":")
	return hex[:min(12, len(hex))]
}
