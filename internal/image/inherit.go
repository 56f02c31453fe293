package image

import (
	"os"
	"path/filepath"
	"sort"

	"golang.org/x/sys/unix"
)

// dirAttr is what a directory inherits from the layers below. A layer may hold tmp/x without an entry for tmp; its
// directory would otherwise hide the owner and mode that a lower layer gives tmp.
type dirAttr struct {
	Path     string
	Mode     uint32
	UID, GID int
}

// inherited finds the attributes of implied directories in the layers below, topmost first, where they are not
// what they are made with.
func inherited(implied, below []string) []dirAttr {
	var out []dirAttr
	for _, path := range implied {
		for _, lower := range below {
			st, err := statBeneath(lower, path)
			if err != nil {
				continue
			}
			if st.Mode&unix.S_IFMT == unix.S_IFDIR && (st.Mode&0o7777 != 0o755 || st.Uid != 0 || st.Gid != 0) {
				out = append(out, dirAttr{path, st.Mode & 0o7777, int(st.Uid), int(st.Gid)})
			}
			break // the topmost that knows the name decides, be it a whiteout
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out
}

// statBeneath stats a path in a directory, through no link.
func statBeneath(dir, path string) (*unix.Stat_t, error) {
	d, err := os.OpenFile(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	fd, err := unix.Openat2(int(d.Fd()), filepath.Clean(path), &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	st := &unix.Stat_t{}
	return st, unix.Fstat(fd, st)
}
