package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// record is one name of one image. An image that lost its last name keeps a record without one, because pods may
// still run it by its ID; Prune removes it.
type record struct {
	Ref    string    `json:"ref,omitempty"`  // as its author wrote it
	Name   string    `json:"name,omitempty"` // normalised
	Repo   string    `json:"repo,omitempty"`
	Digest string    `json:"digest"`          // of the manifest
	Asked  string    `json:"asked,omitempty"` // the digest it was pulled by, if that is of an index for several platforms
	Added  time.Time `json:"added"`
}

type index struct {
	Version int      `json:"version"`
	Images  []record `json:"images"`
}

func (s *Store) indexPath() string { return filepath.Join(s.dir, "index.json") }

func (s *Store) readIndex() (*index, error) {
	idx := &index{Version: 1}
	b, err := os.ReadFile(s.indexPath())
	if errors.Is(err, fs.ErrNotExist) {
		return idx, nil
	}
	if err == nil {
		err = json.Unmarshal(b, idx)
	}
	if err == nil && idx.Version != 1 {
		err = fmt.Errorf("version %d is not known here; it was written by a newer slipway", idx.Version)
	}
	if err != nil {
		return nil, fmt.Errorf("image store %s: index.json: %w", s.dir, err)
	}
	return idx, nil
}

// writeIndex replaces the index; the caller holds the lock.
func (s *Store) writeIndex(idx *index) error {
	b, err := json.MarshalIndent(idx, "", " ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, ".index-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), s.indexPath()); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// put gives an image a name, which it takes from the image that had it.
func (x *index) put(r ref, digest v1.Hash) {
	name := r.name
	if r.shown == "" || r.digest != (v1.Hash{}) {
		name = "" // known by its digest alone
	}
	d := digest.String()
	next := record{Ref: r.shown, Name: name, Repo: r.repo, Digest: d, Added: time.Now().UTC()}
	if r.digest != (v1.Hash{}) && r.digest != digest {
		next.Asked = r.digest.String()
	}
	if name == "" {
		if !x.has(d) || r.repo != "" {
			x.Images = slices.DeleteFunc(x.Images, func(o record) bool { return o.Digest == d && o.Name == "" && o.Repo == r.repo })
			x.Images = append(x.Images, next)
		}
		return
	}
	for i, o := range x.Images {
		switch {
		case o.Name != name:
		case o.Digest == d:
			x.Images[i].Ref = r.shown
			return
		default:
			x.Images[i].Ref, x.Images[i].Name, x.Images[i].Repo = "", "", ""
		}
	}
	x.Images = append(x.Images, next)
	x.tidy()
}

// tidy drops nameless records of images that have a name.
func (x *index) tidy() {
	named := map[string]bool{}
	for _, r := range x.Images {
		named[r.Digest] = named[r.Digest] || r.Name != ""
	}
	x.Images = slices.DeleteFunc(x.Images, func(r record) bool { return r.Name == "" && r.Repo == "" && named[r.Digest] })
}

func (x *index) has(digest string) bool {
	return slices.ContainsFunc(x.Images, func(r record) bool { return r.Digest == digest })
}
