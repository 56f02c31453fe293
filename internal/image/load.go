package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

var (
	// ErrRootFS says that a file is the root filesystem of a system and not an image; LoadRootFS makes one of it.
	ErrRootFS = errors.New("this is a root filesystem and not an image; give it a name and make it one with \"slipway image load --rootfs NAME FILE\"")
	// ErrNotImage says that a file or directory holds no image in a form that is known here.
	ErrNotImage = errors.New("no image in it: neither a \"docker save\" archive nor an OCI archive or layout")
)

var errDamaged = errors.New("the archive is damaged or cut off")

// Load puts the images of a "docker save" archive, an OCI archive (both also compressed with gzip or zstd) or an OCI
// layout directory into the store. Of an image for several platforms it takes the one for this machine. If anything
// is wrong with any of them, none is stored.
func (s *Store) Load(ctx context.Context, path string) ([]Image, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("image archive %s: %w", path, errors.Unwrap(err))
	}
	w, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer w.end()
	var src source
	if info.IsDir() {
		src = folder(path)
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if src, err = w.readArchive(ctx, counted(ctx, watched(ctx, f), filepath.Base(path), info.Size())); err != nil {
			return nil, fmt.Errorf("image archive %s: %w", path, err)
		}
	}
	found, err := w.images(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("image archive %s: %w", path, err)
	}
	images, err := w.commit(found...)
	if err != nil {
		return nil, fmt.Errorf("image archive %s: %w", path, err)
	}
	return images, nil
}

func (w *work) images(ctx context.Context, src source) ([]named, error) {
	var out []named
	var err error
	if _, oci := src.size("index.json"); oci {
		out, err = w.fromLayout(ctx, src)
	} else if _, docker := src.size("manifest.json"); docker {
		out, err = w.fromDocker(ctx, src)
	} else {
		return nil, ErrNotImage
	}
	if err == nil && len(out) == 0 {
		err = ErrNotImage
	}
	return out, err
}

// source is the files of an archive or layout, by path.
type source interface {
	size(name string) (int64, bool)
	open(name string) (io.ReadCloser, error)
}

// folder is an OCI layout directory.
type folder string

func (d folder) open(name string) (io.ReadCloser, error) {
	return os.OpenInRoot(string(d), name) // its index decides on names: none leads out
}

func (d folder) size(name string) (int64, bool) {
	info, err := os.Stat(filepath.Join(string(d), filepath.Clean("/"+name)))
	if err != nil || info.IsDir() {
		return 0, false
	}
	return info.Size(), true
}

// archive is the files of a tar, each already written to a blob: one pass over the input, whatever its order.
type archive struct {
	w     *work
	files map[string]v1.Hash
	sizes map[string]int64
	links map[string]string // "docker save" links layers that are the same
}

func (a *archive) resolve(name string) string {
	for range 8 {
		target, ok := a.links[name]
		if !ok {
			break
		}
		name = target
	}
	return name
}

func (a *archive) size(name string) (int64, bool) {
	n, ok := a.sizes[a.resolve(name)]
	return n, ok
}

func (a *archive) open(name string) (io.ReadCloser, error) {
	h, ok := a.files[a.resolve(name)]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, os.ErrNotExist)
	}
	return a.w.open(h)
}

// systemDirs are what a root filesystem has at its top and an image archive has not.
var systemDirs = []string{"bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"}

func (w *work) readArchive(ctx context.Context, r io.Reader) (*archive, error) {
	plain, err := decompress(r)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	a := &archive{w: w, files: map[string]v1.Hash{}, sizes: map[string]int64{}, links: map[string]string{}}
	tr := tar.NewReader(plain)
	for first := true; ; first = false {
		h, err := tr.Next()
		switch {
		case errors.Is(err, io.EOF):
			return a, nil
		case err != nil && first && ctx.Err() == nil:
			return nil, ErrNotImage
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
		name := path.Clean("/" + h.Name)[1:]
		if top, _, _ := strings.Cut(name, "/"); slices.Contains(systemDirs, top) {
			return nil, ErrRootFS
		}
		switch h.Typeflag {
		case tar.TypeReg:
			if h.Size > w.store.limits.bytes {
				return nil, fmt.Errorf("%s: %w", name, ErrTooLarge)
			}
			a.files[name], a.sizes[name], err = w.add(ctx, tr, v1.Hash{})
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, fmt.Errorf("%w: %w", errDamaged, err)
			}
			if err != nil {
				return nil, err
			}
		case tar.TypeSymlink:
			a.links[name] = path.Join(path.Dir(name), h.Linkname)
		case tar.TypeLink:
			a.links[name] = path.Clean("/" + h.Linkname)[1:]
		}
	}
}
