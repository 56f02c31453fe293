package image

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

var (
	// ErrNotFound says that no image of that name, digest or ID is in the store.
	ErrNotFound = errors.New("image not found on this machine")
	// ErrAmbiguous says that several images begin with the given ID.
	ErrAmbiguous = errors.New("several images begin with this ID")
	// ErrCorrupt says that content is not what its digest promises.
	ErrCorrupt = errors.New("content does not match its digest")
	// ErrNoSpace says that the disk of the store is full; nothing of the failed operation is left behind.
	ErrNoSpace = errors.New("no space left on the disk of the image store")
)

// Store is a directory of images; see the package comment for its promises. Its methods may be called from any
// goroutine and from several processes.
type Store struct {
	dir    string
	limits limits
}

// Open opens the store in a directory, made if missing, and removes what dead processes left unfinished in it.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("image store %s: %w", dir, err)
	}
	s := &Store{dir: dir, limits: defaultLimits}
	for _, sub := range []string{"blobs/sha256", "layers", "locks", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("image store %s: %w", dir, err)
		}
	}
	if err := s.sweep(); err != nil {
		return nil, fmt.Errorf("image store %s: %w", dir, err)
	}
	return s, nil
}

func (s *Store) blobPath(h v1.Hash) string {
	return filepath.Join(s.dir, "blobs", h.Algorithm, h.Hex)
}

// locked runs f while no other process or goroutine changes the store.
func (s *Store) locked(f func() error) error {
	unlock, err := lockFile(filepath.Join(s.dir, "locks", "store"))
	if err != nil {
		return fmt.Errorf("image store %s: %w", s.dir, err)
	}
	defer unlock()
	return f()
}

// lockFile waits for the lock of a file, which the kernel releases if the process dies.
func lockFile(path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if err != unix.EINTR {
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}

// explain makes a full disk recognisable.
func (s *Store) explain(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w (%s): make room, for instance with \"slipway image rm\": %w", ErrNoSpace, s.dir, err)
	}
	return err
}

// syncDir makes renames in a directory survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func short(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(12, len(hex))]
}
