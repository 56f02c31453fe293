package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	pathrs "github.com/cyphar/filepath-securejoin/pathrs-lite"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// ErrTooLarge says that a layer holds more than the store lets a layer unpack to.
var ErrTooLarge = errors.New("the layer unpacks to more than is allowed")

// limits bound what one layer may unpack to, against archives made to fill disks.
type limits struct {
	bytes   int64
	entries int
}

var defaultLimits = limits{bytes: 64 << 30, entries: 4 << 20}

// extraction unpacks one layer into a directory that nobody else knows yet.
type extraction struct {
	root     *os.File
	limits   limits
	bytes    int64
	entries  int
	explicit map[string]bool // directories: true if they have an entry, false if entries only lie in them
	times    []dirTime       // set at the end, because writing into a directory changes them
	parent   *os.File        // the directory of the last entry, kept open
	parentOf string
	buf      []byte
}

type dirTime struct {
	path  string
	mtime time.Time
}

func newExtraction(dir string, l limits) (*extraction, error) {
	root, err := os.OpenFile(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &extraction{root: root, limits: l, explicit: map[string]bool{}, buf: make([]byte, 256<<10)}, nil
}

func (x *extraction) close() {
	x.forget()
	_ = x.root.Close()
}

// run unpacks a whole stream and returns its diff ID.
func (x *extraction) run(r io.Reader) (v1.Hash, error) {
	sum := &summed{r: r, h: sha256.New()}
	tr := tar.NewReader(sum)
	for {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return v1.Hash{}, fmt.Errorf("read the layer: %w", err)
		}
		if err := x.entry(h, tr); err != nil {
			return v1.Hash{}, fmt.Errorf("entry %q: %w", h.Name, err)
		}
	}
	if _, err := io.CopyBuffer(io.Discard, onlyReader{sum}, x.buf); err != nil { // padding counts for the digest
		return v1.Hash{}, fmt.Errorf("read the layer: %w", err)
	}
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.h.Sum(nil))}, nil
}

func (x *extraction) entry(h *tar.Header, content io.Reader) error {
	switch h.Typeflag {
	case tar.TypeXGlobalHeader:
		return nil
	case tar.TypeGNUSparse, tar.TypeCont:
		h.Typeflag = tar.TypeReg
	}
	name, err := inside(h.Name)
	if err != nil {
		return err
	}
	x.entries++
	if h.Typeflag == tar.TypeReg {
		x.bytes += h.Size // of a sparse file, what it would become
	}
	if x.entries > x.limits.entries || x.bytes > x.limits.bytes {
		return fmt.Errorf("%w: %d bytes, %d entries", ErrTooLarge, x.limits.bytes, x.limits.entries)
	}
	dir, base := path.Split(name)
	dir = path.Clean("/" + dir)[1:]
	if strings.HasPrefix(base, whiteoutMeta) && base != whiteoutOpaque || strings.HasPrefix(name, whiteoutMeta) && base != whiteoutOpaque {
		return nil // bookkeeping of aufs
	}
	if name == "" {
		return x.top(h)
	}
	for p := dir; p != "" && p != "."; p = parentDir(p) {
		if _, known := x.explicit[p]; known {
			break
		}
		x.explicit[p] = false
	}
	parent, err := x.open(dir)
	if err != nil {
		return err
	}
	if strings.HasPrefix(base, whiteoutPrefix) {
		return x.whiteout(parent, base)
	}
	return x.place(parent, dir, base, h, content)
}

// top applies the entry of the root directory itself.
func (x *extraction) top(h *tar.Header) error {
	if h.Typeflag != tar.TypeDir {
		return errors.New("the root of the layer is not a directory")
	}
	if err := os.Chown(procPath(x.root, ""), h.Uid, h.Gid); err != nil {
		return err
	}
	return unix.Chmod(procPath(x.root, ""), uint32(h.Mode)&0o7777)
}

// inside refuses names that climb out of the image, and makes the others relative.
func inside(name string) (string, error) {
	if strings.ContainsRune(name, 0) || slices.Contains(strings.Split(name, "/"), "..") {
		return "", errors.New("the name leaves the image")
	}
	return path.Clean("/" + name)[1:], nil
}

// open returns a handle of a directory in the layer, made if it is missing, with links followed as if the layer
// were the root: none leads out of it.
func (x *extraction) open(dir string) (*os.File, error) {
	if x.parent != nil && x.parentOf == dir {
		return x.parent, nil
	}
	f, err := pathrs.MkdirAllHandle(x.root, filepath.Join("/", dir), 0o755)
	if err != nil {
		return nil, err
	}
	x.forget()
	x.parent, x.parentOf = f, dir
	return f, nil
}

// forget drops the open directory, which a replaced entry may have made another.
func (x *extraction) forget() {
	if x.parent != nil {
		_ = x.parent.Close()
		x.parent = nil
	}
}

func (x *extraction) impliedDirs() []string {
	var out []string
	for p, explicit := range x.explicit {
		if !explicit {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// finish gives directories their times, and implied ones the attributes they inherit.
func (x *extraction) finish(attrs []dirAttr) error {
	inherit := map[string]dirAttr{}
	for _, a := range attrs {
		inherit[a.Path] = a
	}
	for p, explicit := range x.explicit {
		if explicit {
			continue
		}
		st, err := statBeneath(procPath(x.root, ""), p)
		if err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue // reached through a link
		}
		a, ok := inherit[p]
		if !ok {
			a = dirAttr{Mode: 0o755}
		}
		if err := os.Lchown(procPath(x.root, p), a.UID, a.GID); err != nil {
			return err
		}
		if err := unix.Chmod(procPath(x.root, p), a.Mode); err != nil {
			return err
		}
	}
	slices.Reverse(x.times)
	for _, t := range x.times {
		if st, err := statBeneath(procPath(x.root, ""), t.path); err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
			if err := setTimes(procPath(x.root, t.path), t.mtime); err != nil {
				return err
			}
		}
	}
	return nil
}

// procPath names an entry of an open directory for calls that want a path.
func procPath(dir *os.File, name string) string {
	return filepath.Join(fmt.Sprintf("/proc/self/fd/%d", dir.Fd()), name)
}

func parentDir(p string) string {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return ""
	}
	return p[:i]
}

// summed hashes what is read through it.
type summed struct {
	r io.Reader
	h hash.Hash
}

func (s *summed) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.h.Write(b[:n])
	return n, err
}
