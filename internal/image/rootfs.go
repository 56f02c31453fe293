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
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// LoadRootFS makes an image of one layer out of a tar of a root filesystem, as mmdebstrap or debootstrap write it
// (also compressed), with the given entrypoint, user, environment and so on. The same input gives the same image.
func (s *Store) LoadRootFS(ctx context.Context, path, name string, config v1.Config) (Image, error) {
	r, err := parseRef(name)
	if err != nil {
		return Image{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return Image{}, fmt.Errorf("root filesystem: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Image{}, err
	}
	w, err := s.begin()
	if err != nil {
		return Image{}, err
	}
	defer w.end()
	fail := func(err error) (Image, error) { return Image{}, fmt.Errorf("root filesystem %s: %w", path, err) }
	plain, err := decompress(counted(ctx, watched(ctx, f), filepath.Base(path), info.Size()))
	if err != nil {
		return fail(err)
	}
	defer plain.Close()
	layer, size, err := w.add(ctx, io.LimitReader(plain, s.limits.bytes+1), v1.Hash{})
	if err == nil && size > s.limits.bytes {
		err = ErrTooLarge
	}
	if err != nil {
		return fail(err)
	}
	if err := w.isTar(layer); err != nil {
		return fail(err)
	}
	return w.single(ctx, r, config, []v1.Descriptor{{MediaType: types.OCIUncompressedLayer, Size: size, Digest: layer}}, []v1.Hash{layer})
}

// isTar looks at the first entry, so that a wrong file is refused now and not when a pod starts.
func (w *work) isTar(h v1.Hash) error {
	f, err := w.open(h)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := tar.NewReader(f).Next(); err != nil {
		return errors.New("it is not a tar archive")
	}
	return nil
}

// single commits one image made here. It has no dates, so that the same content is the same image.
func (w *work) single(ctx context.Context, r ref, config v1.Config, layers []v1.Descriptor, diffIDs []v1.Hash) (Image, error) {
	c := v1.ConfigFile{
		Architecture: runtime.GOARCH, OS: "linux", Config: config,
		RootFS: v1.RootFS{Type: "layers", DiffIDs: diffIDs},
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return Image{}, err
	}
	n, err := w.assemble(ctx, r, raw, layers)
	if err != nil {
		return Image{}, err
	}
	out, err := w.commit(n)
	if err != nil {
		return Image{}, err
	}
	return out[0], nil
}
