package image

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sys/unix"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// entry is one entry of a test layer; a regular file unless it says otherwise.
type entry struct {
	name, body, link string
	kind             byte
	mode             int64
	uid, gid         int
	pax              map[string]string
}

func layer(t *testing.T, entries ...entry) v1.Layer {
	t.Helper()
	return static.NewLayer(tarOf(t, entries...), types.OCIUncompressedLayer)
}

func tarOf(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{
			Name: e.name, Typeflag: e.kind, Mode: e.mode, Uid: e.uid, Gid: e.gid, Linkname: e.link,
			Size: int64(len(e.body)), PAXRecords: e.pax, Format: tar.FormatPAX,
		}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Mode == 0 {
			h.Mode = 0o644
			if h.Typeflag == tar.TypeDir {
				h.Mode = 0o755
			}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func imageOf(t *testing.T, layers ...v1.Layer) v1.Image {
	t.Helper()
	img, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c = c.DeepCopy()
	c.OS, c.Architecture = "linux", "amd64"
	c.Config.Entrypoint = []string{"/run"}
	if img, err = mutate.ConfigFile(img, c); err != nil {
		t.Fatal(err)
	}
	return img
}

// saved writes a "docker save" archive of one image with these tags.
func saved(t *testing.T, img v1.Image, tags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	refs := map[name.Tag]v1.Image{}
	for _, s := range tags {
		tag, err := name.NewTag(s)
		if err != nil {
			t.Fatal(err)
		}
		refs[tag] = img
	}
	if err := tarball.MultiWriteToFile(path, refs); err != nil {
		t.Fatal(err)
	}
	return path
}

// unpacked loads an image with these layers and returns the directories of its layers, topmost first.
func unpacked(t *testing.T, s *Store, layers ...v1.Layer) []string {
	t.Helper()
	dirs, err := unpack(t, s, layers...)
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func unpack(t *testing.T, s *Store, layers ...v1.Layer) ([]string, error) {
	t.Helper()
	images, err := s.Load(context.Background(), saved(t, imageOf(t, layers...), "test:1"))
	if err != nil {
		return nil, err
	}
	return s.Unpack(context.Background(), images[0])
}

// merged mounts unpacked layers as a container sees them.
func merged(t *testing.T, dirs []string) string {
	t.Helper()
	base := t.TempDir()
	for _, d := range []string{"up", "work", "all"} {
		if err := os.Mkdir(filepath.Join(base, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	opts := "lowerdir="
	for i, d := range dirs {
		if i > 0 {
			opts += ":"
		}
		opts += d
	}
	opts += ",upperdir=" + filepath.Join(base, "up") + ",workdir=" + filepath.Join(base, "work")
	at := filepath.Join(base, "all")
	if err := unix.Mount("overlay", at, "overlay", 0, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(at, unix.MNT_DETACH) })
	return at
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// leftovers are the files below tmp and blobs of a store.
func leftovers(t *testing.T, s *Store) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"tmp/*", "blobs/sha256/*", "layers/*", ".index-*"} {
		m, err := filepath.Glob(filepath.Join(s.dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m...)
	}
	return out
}
