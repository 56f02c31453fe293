package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// work is the temporary directory of one operation. It holds a file lock, by which the sweep of another process
// knows that its owner lives.
type work struct {
	store *Store
	dir   string
	lock  *os.File
	mu    sync.Mutex
	blobs map[v1.Hash]string // finished blobs by digest: where they are until commit
}

func (s *Store) begin() (*work, error) {
	w := &work{store: s, blobs: map[v1.Hash]string{}}
	err := s.locked(func() error { // so that no sweep sees the directory before it is locked
		dir, err := os.MkdirTemp(filepath.Join(s.dir, "tmp"), "")
		if err != nil {
			return s.explain(err)
		}
		w.dir = dir
		if w.lock, err = os.Open(dir); err != nil {
			return err
		}
		return unix.Flock(int(w.lock.Fd()), unix.LOCK_EX)
	})
	if err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// end removes whatever was not moved out of the directory.
func (w *work) end() {
	if w.dir != "" {
		_ = os.RemoveAll(w.dir)
	}
	if w.lock != nil {
		_ = w.lock.Close()
	}
}

// sweep removes the temporary directories whose owners are dead.
func (s *Store) sweep() error {
	tmp := filepath.Join(s.dir, "tmp")
	return s.locked(func() error {
		entries, err := os.ReadDir(tmp)
		if err != nil {
			return err
		}
		for _, e := range entries {
			path := filepath.Join(tmp, e.Name())
			d, err := os.Open(path)
			if err != nil {
				continue // its owner has just removed it
			}
			if unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
				err = os.RemoveAll(path)
			}
			_ = d.Close()
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// add writes a blob and returns its digest and size. If want is not empty the content must have that digest.
func (w *work) add(ctx context.Context, r io.Reader, want v1.Hash) (v1.Hash, int64, error) {
	f, err := os.CreateTemp(w.dir, "blob-")
	if err != nil {
		return v1.Hash{}, 0, w.store.explain(err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(f, sum), onlyReader{watched(ctx, r)}, make([]byte, 256<<10))
	if err == nil {
		err = f.Sync()
	}
	h := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}
	if err == nil && want != (v1.Hash{}) && h != want {
		err = fmt.Errorf("blob %s: %w: it is %s", want, ErrCorrupt, h)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return v1.Hash{}, 0, w.store.explain(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, ok := w.blobs[h]; ok {
		_ = os.Remove(old)
	}
	w.blobs[h] = f.Name()
	return h, n, nil
}

func (w *work) addBytes(ctx context.Context, b []byte) (v1.Hash, error) {
	h, _, err := w.add(ctx, bytes.NewReader(b), v1.Hash{})
	return h, err
}

// reuse takes a blob that the store has already, and holds it by a second link against a prune in between.
func (w *work) reuse(h v1.Hash) bool {
	path := filepath.Join(w.dir, "have-"+h.Hex)
	if err := os.Link(w.store.blobPath(h), path); err != nil {
		return os.IsExist(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blobs[h] = path
	return true
}

func (w *work) open(h v1.Hash) (*os.File, error) {
	path, ok := w.blobs[h]
	if !ok {
		return nil, fmt.Errorf("blob %s is missing", h)
	}
	return os.Open(path)
}

// commit moves the blobs of these images into the store and gives the images their names.
func (w *work) commit(images ...named) ([]Image, error) {
	var out []Image
	err := w.store.locked(func() error {
		idx, err := w.store.readIndex()
		if err != nil {
			return err
		}
		for _, n := range images {
			for _, h := range n.blobs() {
				path, ok := w.blobs[h]
				if !ok { // shared with an image before it
					if _, err := os.Stat(w.store.blobPath(h)); err != nil {
						return fmt.Errorf("blob %s is missing", h)
					}
					continue
				}
				if err := os.Rename(path, w.store.blobPath(h)); err != nil {
					return err
				}
				delete(w.blobs, h)
			}
			idx.put(n.ref, n.digest)
		}
		if err := syncDir(filepath.Join(w.store.dir, "blobs", "sha256")); err != nil {
			return err
		}
		return w.store.writeIndex(idx)
	})
	if err != nil {
		return nil, w.store.explain(err)
	}
	for _, n := range images {
		img, err := w.store.load(record{Ref: n.ref.shown, Name: n.ref.name, Digest: n.digest.String()})
		if err != nil {
			return nil, err
		}
		out = append(out, img)
	}
	return out, nil
}

// named is an image whose blobs are ready to be committed, and the name it gets.
type named struct {
	ref      ref
	digest   v1.Hash
	manifest *v1.Manifest
}

func (n named) blobs() []v1.Hash {
	out := []v1.Hash{n.digest, n.manifest.Config.Digest}
	for _, l := range n.manifest.Layers {
		out = append(out, l.Digest)
	}
	return out
}

// onlyReader hides WriteTo and ReadFrom, which would bypass the buffer and the watch.
type onlyReader struct{ io.Reader }
