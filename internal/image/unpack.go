package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// layerMeta is kept beside an unpacked layer, in layer.json.
type layerMeta struct {
	DiffID  string   `json:"diffID"`
	Implied []string `json:"implied,omitempty"` // directories that entries lie in, but that have no entry themselves
	Size    int64    `json:"size"`
}

func readLayer(dir string) (layerMeta, error) {
	var m layerMeta
	b, err := os.ReadFile(filepath.Join(dir, "layer.json"))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	return m, err
}

// Unpack makes sure that the layers of an image are unpacked and returns their directories for overlayfs's
// lowerdir, topmost first. Each layer is unpacked once, whoever asks.
func (s *Store) Unpack(ctx context.Context, img Image) ([]string, error) {
	m, _, err := s.manifest(img.Digest)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", img.Ref, err)
	}
	if len(m.Layers) != len(img.Config.RootFS.DiffIDs) {
		return nil, fmt.Errorf("image %s: %w: %d layers, but its configuration names %d", img.Ref, ErrCorrupt, len(m.Layers), len(img.Config.RootFS.DiffIDs))
	}
	if len(m.Layers) == 0 {
		return nil, fmt.Errorf("image %s: it has no layers", img.Ref)
	}
	var below []string // topmost first
	for i, l := range m.Layers {
		diffID := img.Config.RootFS.DiffIDs[i]
		dir, err := s.layer(ctx, l.Digest, diffID, nil)
		if err != nil {
			return nil, fmt.Errorf("image %s: layer %d: %w", img.Ref, i+1, err)
		}
		meta, err := readLayer(dir)
		if err != nil {
			return nil, fmt.Errorf("image %s: layer %d: %w", img.Ref, i+1, err)
		}
		if attrs := inherited(meta.Implied, below); len(attrs) > 0 {
			if dir, err = s.layer(ctx, l.Digest, diffID, attrs); err != nil {
				return nil, fmt.Errorf("image %s: layer %d: %w", img.Ref, i+1, err)
			}
		}
		below = append([]string{filepath.Join(dir, "fs")}, below...)
	}
	return below, nil
}

// layer returns the directory of an unpacked layer, unpacked now if need be. attrs are what its implied
// directories inherit from the layers below: there is one copy for each set of them, nearly always one in all.
func (s *Store) layer(ctx context.Context, blob, diffID v1.Hash, attrs []dirAttr) (string, error) {
	key := diffID.Hex
	if len(attrs) > 0 {
		b, err := json.Marshal(attrs)
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(append([]byte(diffID.Hex), b...))
		key = hex.EncodeToString(sum[:])
	}
	dir := filepath.Join(s.dir, "layers", key[:16]) // short: overlayfs has 4096 bytes for all of them
	if s.whole(dir, diffID) {
		return dir, nil
	}
	unlock, err := lockFile(filepath.Join(s.dir, "locks", key[:2]))
	if err != nil {
		return "", err
	}
	defer unlock()
	if s.whole(dir, diffID) {
		return dir, nil
	}
	w, err := s.begin()
	if err != nil {
		return "", err
	}
	defer w.end()
	made := filepath.Join(w.dir, "layer")
	if err := s.extractTo(ctx, made, blob, diffID, attrs); err != nil {
		if errors.Is(err, ErrCorrupt) { // so that the next pull or load does not take it for good
			_ = os.Remove(s.blobPath(blob))
			err = fmt.Errorf("%w; pull or load the image again", err)
		}
		return "", s.explain(err)
	}
	if _, err := os.Lstat(dir); err == nil { // left by a power cut, or by another layer whose ID begins alike
		if err := os.Rename(dir, filepath.Join(w.dir, "old")); err != nil {
			return "", err
		}
	}
	if err := os.Rename(made, dir); err != nil {
		return "", err
	}
	go settle(dir)
	return dir, nil
}

func (s *Store) extractTo(ctx context.Context, dir string, blob, diffID v1.Hash, attrs []dirAttr) error {
	if err := os.MkdirAll(filepath.Join(dir, "fs"), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Join(dir, "fs"), 0o755); err != nil { // whatever the umask
		return err
	}
	f, err := os.Open(s.blobPath(blob))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := decompress(counted(ctx, watched(ctx, f), "layer "+short(diffID.Hex), info.Size()))
	if err != nil {
		return err
	}
	defer r.Close()
	x, err := newExtraction(filepath.Join(dir, "fs"), s.limits)
	if err != nil {
		return err
	}
	defer x.close()
	got, err := x.run(r)
	if err != nil {
		return err
	}
	if got != diffID {
		return fmt.Errorf("%w: it should be %s and is %s", ErrCorrupt, diffID, got)
	}
	if err := x.finish(attrs); err != nil {
		return err
	}
	b, err := json.Marshal(layerMeta{DiffID: diffID.String(), Implied: x.impliedDirs(), Size: x.bytes})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "layer.json"), b, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "unsynced"), bootID(), 0o600)
}

// whole tells whether a layer is unpacked. One that was not on disk yet when the machine went down is not.
func (s *Store) whole(dir string, diffID v1.Hash) bool {
	meta, err := readLayer(dir)
	if err != nil || meta.DiffID != diffID.String() {
		return false
	}
	boot, err := os.ReadFile(filepath.Join(dir, "unsynced"))
	if err != nil {
		return true
	}
	if string(boot) != string(bootID()) {
		return false
	}
	go settle(dir) // the process that unpacked it may have ended first
	return true
}

// settle notes that a layer is on disk, so that a power cut need not cost it. Waiting for that would cost every
// first start of an image some tenths of a second.
func settle(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	if unix.Syncfs(int(d.Fd())) == nil {
		_ = os.Remove(filepath.Join(dir, "unsynced"))
	}
}

func bootID() []byte {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return []byte(strings.TrimSpace(string(b)))
}
