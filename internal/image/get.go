package image

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Image is an image in the store. One image has as many of these as it has names.
type Image struct {
	Ref     string // as its author wrote it; the ID if it has no name
	Name    string // normalised; "" if it has none
	ID      string // "sha256:…" of its configuration: what is in it
	Digest  string // "sha256:…" of its manifest: what a registry knows it by
	Config  v1.ConfigFile
	Size    int64     // of its blobs, in bytes
	Created time.Time // when it was made, or for an image without a date when it came here
}

// Get finds an image by name, digest, ID or beginning of an ID. The error is ErrNotFound or ErrAmbiguous.
func (s *Store) Get(name string) (Image, error) {
	idx, err := s.readIndex()
	if err != nil {
		return Image{}, err
	}
	found, err := s.find(idx, name)
	if err != nil {
		return Image{}, err
	}
	return s.load(found[0])
}

// find returns the records that a name means: several only if they are names of one image.
func (s *Store) find(idx *index, name string) ([]record, error) {
	if r, err := parseRef(name); err == nil && !strings.HasPrefix(name, "sha256:") {
		var out []record
		for _, o := range idx.Images {
			if r.digest != (v1.Hash{}) && (o.Digest == r.digest.String() || o.Asked == r.digest.String()) && o.Repo == r.repo ||
				r.digest == (v1.Hash{}) && o.Name == r.name {
				out = append(out, o)
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	} else if err != nil && !isID(name) {
		return nil, err
	}
	if !isID(name) {
		return nil, fmt.Errorf("image %q: %w", name, ErrNotFound)
	}
	var out []record
	hex := strings.TrimPrefix(name, "sha256:")
	for _, o := range idx.Images {
		if !strings.HasPrefix(o.Digest, "sha256:"+hex) {
			m, _, err := s.manifest(o.Digest)
			if err != nil {
				return nil, err
			}
			if !strings.HasPrefix(m.Config.Digest.Hex, hex) {
				continue
			}
		}
		out = append(out, o)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("image %q: %w", name, ErrNotFound)
	}
	for _, o := range out[1:] {
		if o.Digest != out[0].Digest && len(hex) < 64 {
			return nil, fmt.Errorf("image %q: %w: %s and %s", name, ErrAmbiguous, short(out[0].Digest), short(o.Digest))
		}
	}
	return out, nil
}

// List returns the images, by name; an image with several names comes several times.
func (s *Store) List() ([]Image, error) {
	idx, err := s.readIndex()
	if err != nil {
		return nil, err
	}
	var out []Image
	for _, r := range idx.Images {
		img, err := s.load(r)
		if err != nil {
			return nil, err
		}
		out = append(out, img)
	}
	slices.SortFunc(out, func(a, b Image) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

// load reads what the blobs say of an image.
func (s *Store) load(r record) (Image, error) {
	m, size, err := s.manifest(r.Digest)
	if err != nil {
		return Image{}, fmt.Errorf("image %s: %w", cmp.Or(r.Ref, r.Digest), err)
	}
	b, err := os.ReadFile(s.blobPath(m.Config.Digest))
	if err != nil {
		return Image{}, fmt.Errorf("image %s: %w", cmp.Or(r.Ref, r.Digest), err)
	}
	c, err := v1.ParseConfigFile(bytes.NewReader(b))
	if err != nil {
		return Image{}, fmt.Errorf("image %s: configuration: %w", cmp.Or(r.Ref, r.Digest), err)
	}
	img := Image{
		Ref: cmp.Or(r.Ref, m.Config.Digest.String()), Name: r.Name, ID: m.Config.Digest.String(), Digest: r.Digest,
		Config: *c, Size: size + int64(len(b)), Created: c.Created.Time,
	}
	if img.Created.Unix() <= 0 {
		img.Created = r.Added
	}
	for _, l := range m.Layers {
		img.Size += l.Size
	}
	return img, nil
}

func (s *Store) manifest(digest string) (*v1.Manifest, int64, error) {
	h, err := v1.NewHash(digest)
	if err != nil {
		return nil, 0, err
	}
	b, err := os.ReadFile(s.blobPath(h))
	if err != nil {
		return nil, 0, err
	}
	m := &v1.Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, 0, fmt.Errorf("manifest %s: %w", digest, err)
	}
	return m, int64(len(b)), nil
}
