package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Save writes an image to a file as "docker save" does, for other tools to load. The same image gives the same
// bytes. Nothing is left behind if it fails.
func (s *Store) Save(ctx context.Context, name, path string) error {
	img, err := s.Get(name)
	if err != nil {
		return err
	}
	fail := func(err error) error { return fmt.Errorf("image %s: save to %s: %w", name, path, err) }
	f, err := os.CreateTemp(filepath.Dir(path), ".save-")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	defer f.Close()
	if err := s.write(ctx, img, f); err != nil {
		return fail(err)
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return fail(err)
	}
	return os.Rename(f.Name(), path)
}

func (s *Store) write(ctx context.Context, img Image, out io.Writer) error {
	m, _, err := s.manifest(img.Digest)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(out)
	entry := dockerImage{Config: m.Config.Digest.Hex + ".json"}
	if img.Name != "" {
		entry.RepoTags = []string{img.Name}
	}
	config, err := os.ReadFile(s.blobPath(m.Config.Digest))
	if err != nil {
		return err
	}
	if err := writeFile(tw, entry.Config, config); err != nil {
		return err
	}
	written := map[string]bool{}
	for i, l := range m.Layers {
		layer := img.Config.RootFS.DiffIDs[i].Hex + ".tar"
		entry.Layers = append(entry.Layers, layer)
		if written[layer] {
			continue
		}
		written[layer] = true
		if err := s.writeLayer(ctx, tw, layer, l.Digest); err != nil {
			return err
		}
	}
	b, err := json.Marshal([]dockerImage{entry})
	if err != nil {
		return err
	}
	if err := writeFile(tw, "manifest.json", b); err != nil {
		return err
	}
	return tw.Close()
}

// writeLayer writes a layer uncompressed, which takes two passes: a tar wants the size first.
func (s *Store) writeLayer(ctx context.Context, tw *tar.Writer, name string, blob v1.Hash) error {
	var size int64
	for pass := range 2 {
		f, err := os.Open(s.blobPath(blob))
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := decompress(watched(ctx, f))
		if err != nil {
			return err
		}
		defer r.Close()
		if pass == 0 {
			if size, err = io.Copy(io.Discard, r); err != nil {
				return err
			}
			continue
		}
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Typeflag: tar.TypeReg, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if _, err := io.Copy(tw, r); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(tw *tar.Writer, name string, b []byte) error {
	if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(b)), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err := tw.Write(b)
	return err
}
