package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	pathrs "github.com/cyphar/filepath-securejoin/pathrs-lite"
	"golang.org/x/sys/unix"
)

// What OCI layers say "removed" with: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
const (
	whiteoutPrefix = ".wh."
	whiteoutMeta   = ".wh..wh."
	whiteoutOpaque = ".wh..wh..opq"
)

// place makes one entry in an open directory. dir is that directory's path in the layer.
func (x *extraction) place(parent *os.File, dir, base string, h *tar.Header, content io.Reader) error {
	p, fd := procPath(parent, base), int(parent.Fd())
	opaque, err := x.clear(fd, base, p, h.Typeflag == tar.TypeDir)
	if err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		if err := unix.Mkdirat(fd, base, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
		full := path.Join(dir, base)
		x.explicit[full] = true
		x.times = append(x.times, dirTime{full, h.ModTime})
	case tar.TypeReg:
		if err := x.file(fd, base, content); err != nil {
			return err
		}
	case tar.TypeSymlink:
		if err := unix.Symlinkat(h.Linkname, fd, base); err != nil {
			return err
		}
	case tar.TypeLink:
		return x.hardlink(h.Linkname, parent, base)
	case tar.TypeFifo:
		if err := unix.Mknodat(fd, base, unix.S_IFIFO|0o600, 0); err != nil {
			return err
		}
	case tar.TypeChar, tar.TypeBlock:
		return nil // a container's devices are the engine's affair, and 0/0 would be a whiteout
	default:
		return fmt.Errorf("type %q is not one that a layer may hold", h.Typeflag)
	}
	if err := attributes(fd, base, p, h); err != nil {
		return err
	}
	if opaque {
		return setOpaque(p)
	}
	return nil
}

// clear makes room for an entry. It reports whether a directory replaces a whiteout and so must hide what lies
// below it.
func (x *extraction) clear(fd int, base, p string, dir bool) (opaque bool, err error) {
	var st unix.Stat_t
	if err := unix.Fstatat(fd, base, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return false, nil
		}
		return false, err
	}
	isDir := st.Mode&unix.S_IFMT == unix.S_IFDIR
	if isDir && dir {
		return false, nil
	}
	return dir && st.Mode&unix.S_IFMT == unix.S_IFCHR, os.RemoveAll(p)
}

func (x *extraction) file(fd int, base string, content io.Reader) error {
	n, err := unix.Openat(fd, base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(n), base)
	_, err = io.CopyBuffer(onlyWriter{f}, onlyReader{content}, x.buf)
	return errors.Join(err, f.Close())
}

// hardlink links to an entry of the same layer; its name is taken from the layer's root and followed nowhere.
func (x *extraction) hardlink(target string, parent *os.File, base string) error {
	name, err := inside(target)
	if err != nil {
		return fmt.Errorf("link to %q: %w", target, err)
	}
	dir, file := path.Split(name)
	from, err := pathrs.OpenatInRoot(x.root, filepath.Join("/", dir))
	if err != nil {
		return fmt.Errorf("link to %q: %w", target, err)
	}
	defer from.Close()
	if err := unix.Linkat(int(from.Fd()), file, int(parent.Fd()), base, 0); err != nil {
		return fmt.Errorf("link to %q: %w", target, err)
	}
	return nil
}

// whiteout carries out a ".wh." entry the way overlayfs wants it:
// https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
func (x *extraction) whiteout(parent *os.File, base string) error {
	if base == whiteoutOpaque {
		return setOpaque(procPath(parent, ""))
	}
	name := strings.TrimPrefix(base, whiteoutPrefix)
	if name == "" || name == "." || name == ".." {
		return errors.New("a whiteout of nothing")
	}
	var st unix.Stat_t
	switch err := unix.Fstatat(int(parent.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); {
	case err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return setOpaque(procPath(parent, name)) // made anew in this layer: only what is below is hidden
	case err == nil:
		return nil
	case !errors.Is(err, unix.ENOENT):
		return err
	}
	return unix.Mknodat(int(parent.Fd()), name, unix.S_IFCHR, 0)
}

func setOpaque(p string) error {
	return unix.Setxattr(p, "trusted.overlay.opaque", []byte("y"), 0)
}

// attributes sets owner, then mode (a change of owner clears setuid), then capabilities (likewise), then times.
func attributes(fd int, base, p string, h *tar.Header) error {
	if err := unix.Fchownat(fd, base, h.Uid, h.Gid, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if h.Typeflag != tar.TypeSymlink {
		if err := unix.Chmod(p, uint32(h.Mode)&0o7777); err != nil {
			return err
		}
	}
	for key, value := range h.PAXRecords {
		name, ok := strings.CutPrefix(key, "SCHILY.xattr.")
		if !ok || !keptXattr(name) {
			continue
		}
		if err := unix.Lsetxattr(p, name, []byte(value), 0); err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("attribute %s: %w", name, err)
		}
	}
	if h.Typeflag == tar.TypeDir {
		return nil
	}
	return setTimes(p, h.ModTime)
}

// keptXattr lets file capabilities and users' own attributes through, and nothing that would steer overlayfs.
func keptXattr(name string) bool {
	return name == "security.capability" || strings.HasPrefix(name, "user.") && !strings.HasPrefix(name, "user.overlay.")
}

func setTimes(p string, t time.Time) error {
	ts, err := unix.TimeToTimespec(t)
	if err != nil {
		ts = unix.Timespec{}
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, p, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
}

// onlyWriter hides ReadFrom, which would bypass the shared buffer.
type onlyWriter struct{ io.Writer }
