package image

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Remove takes a name from its image, or, given an ID or a digest, all names. The content stays for the pods that
// run it, until Prune finds it unused.
func (s *Store) Remove(name string) error {
	return s.locked(func() error {
		idx, err := s.readIndex()
		if err != nil {
			return err
		}
		found, err := s.find(idx, name)
		if err != nil {
			return err
		}
		for i, r := range idx.Images {
			if slices.Contains(found, r) {
				idx.Images[i].Ref, idx.Images[i].Name, idx.Images[i].Repo = "", "", ""
			}
		}
		seen := map[string]bool{}
		idx.Images = slices.DeleteFunc(idx.Images, func(r record) bool {
			again := r.Name == "" && r.Repo == "" && seen[r.Digest]
			seen[r.Digest] = true
			return again
		})
		idx.tidy()
		return s.writeIndex(idx)
	})
}

// Pruned is what a prune removed.
type Pruned struct {
	Images, Layers int
	Bytes          int64
}

// Prune removes nameless images except those whose ID inUse names, and every blob and unpacked layer that no image
// needs. inUse is called with the store locked, so that nothing it sees can be missed.
func (s *Store) Prune(inUse func() (map[string]bool, error)) (Pruned, error) {
	var p Pruned
	w, err := s.begin()
	if err != nil {
		return p, err
	}
	defer w.end() // deletes what was moved into its directory, outside the lock
	err = s.locked(func() error {
		used, err := inUse()
		if err != nil {
			return err
		}
		idx, err := s.readIndex()
		if err != nil {
			return err
		}
		keepBlobs, keepLayers := map[string]bool{}, map[string]bool{}
		var kept []record
		for _, r := range idx.Images {
			m, _, err := s.manifest(r.Digest)
			if err != nil {
				return err
			}
			if r.Name == "" && r.Repo == "" && !used[m.Config.Digest.String()] {
				p.Images++
				continue
			}
			img, err := s.load(r)
			if err != nil {
				return err
			}
			kept = append(kept, r)
			h, _ := v1.NewHash(r.Digest)
			for _, h := range (named{digest: h, manifest: m}).blobs() {
				keepBlobs[h.Hex] = true
			}
			for _, d := range img.Config.RootFS.DiffIDs {
				keepLayers[d.String()] = true
			}
		}
		idx.Images = kept
		if err := s.writeIndex(idx); err != nil {
			return err
		}
		return s.drop(w.dir, keepBlobs, keepLayers, &p)
	})
	return p, s.explain(err)
}

// drop moves what is not kept into a directory that is about to be deleted.
func (s *Store) drop(into string, blobs, layers map[string]bool, p *Pruned) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "blobs", "sha256"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if blobs[e.Name()] {
			continue
		}
		if info, err := e.Info(); err == nil {
			p.Bytes += info.Size()
		}
		if err := os.Rename(filepath.Join(s.dir, "blobs", "sha256", e.Name()), filepath.Join(into, e.Name())); err != nil {
			return err
		}
	}
	if entries, err = os.ReadDir(filepath.Join(s.dir, "layers")); err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(s.dir, "layers", e.Name())
		if meta, err := readLayer(path); err == nil && layers[meta.DiffID] {
			continue
		}
		p.Layers++
		p.Bytes += treeSize(path)
		if err := os.Rename(path, filepath.Join(into, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func treeSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
