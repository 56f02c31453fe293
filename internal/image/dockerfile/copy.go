package dockerfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// copied is one planned COPY.
type copied struct {
	sources  []string
	dest     string // absolute; with a slash at the end it is a directory
	uid, gid int
	mode     fs.FileMode
	setMode  bool
	keep     bool // owners too: what a stage continues
}

// copy plans COPY and ADD.
func (p *planner) copy(i int, st *stage, sd instructions.SourcesAndDest, from, chown, chmod string, depth int) error {
	if len(sd.SourceContents) > 0 {
		return fmt.Errorf("here-documents are not understood here: %w", ErrUnsupported)
	}
	c := copied{sources: sd.SourcePaths, dest: inStage(st.dir, sd.DestPath)}
	if strings.HasSuffix(sd.DestPath, "/") || path.Base(sd.DestPath) == "." || len(c.sources) > 1 {
		c.dest = strings.TrimSuffix(c.dest, "/") + "/"
	}
	if err := c.owner(chown, chmod); err != nil {
		return err
	}
	stageNo := -1
	if from != "" {
		if stageNo = p.find(from); stageNo < 0 || stageNo >= i {
			return fmt.Errorf("--from=%s is not a stage before this one: %w", from, ErrUnsupported)
		}
		if _, err := p.stage(stageNo, depth+1); err != nil {
			return err
		}
	}
	st.steps = append(st.steps, step{key: fmt.Sprintf("copy %d %+v", stageNo, c), from: stageNo, do: func(r *stageRun) error {
		return r.copy(c, stageNo)
	}})
	return nil
}

func (c *copied) owner(chown, chmod string) (err error) {
	if chown != "" {
		user, group, both := strings.Cut(chown, ":")
		if c.uid, err = strconv.Atoi(user); err != nil {
			return fmt.Errorf("--chown=%s: names mean nothing on scratch, give numbers", chown)
		}
		if c.gid = c.uid; both {
			if c.gid, err = strconv.Atoi(group); err != nil {
				return fmt.Errorf("--chown=%s: names mean nothing on scratch, give numbers", chown)
			}
		}
	}
	if chmod != "" {
		n, err := strconv.ParseUint(chmod, 8, 12)
		if err != nil {
			return fmt.Errorf("--chmod=%s: give an octal number", chmod)
		}
		c.mode, c.setMode = unixMode(uint32(n)), true
	}
	return nil
}

func unixMode(n uint32) fs.FileMode {
	m := fs.FileMode(n & 0o777)
	for bit, flag := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if n&bit != 0 {
			m |= flag
		}
	}
	return m
}

// copy carries out COPY. A directory gives its contents, as with any builder.
func (r *stageRun) copy(c copied, stageNo int) error {
	src, ignored := r.context, r.ignored
	if stageNo >= 0 {
		root, err := os.OpenRoot(r.dirs[stageNo])
		if err != nil {
			return err
		}
		defer func() { _ = root.Close() }()
		src, ignored = root, func(string) bool { return false }
	}
	for _, pattern := range c.sources {
		pattern = path.Clean("/" + pattern)[1:]
		if pattern == "" {
			pattern = "."
		}
		found, err := fs.Glob(src.FS(), pattern)
		if err != nil {
			return err
		}
		n := 0
		for _, name := range found {
			if name != "." && ignored(name) && !r.reincluded(src, name) {
				continue
			}
			n++
			if err := r.copyOne(src, ignored, name, c); err != nil {
				return err
			}
		}
		if n == 0 {
			return fmt.Errorf("%s: there is no such file in the build context, or .dockerignore leaves it out", pattern)
		}
	}
	return nil
}

// reincluded tells whether a directory that is ignored may still hold files that are not ("!keep").
func (r *stageRun) reincluded(src *os.Root, name string) bool {
	info, err := src.Stat(name)
	return err == nil && info.IsDir() && r.exclusions
}

func (r *stageRun) copyOne(src *os.Root, ignored func(string) bool, name string, c copied) error {
	info, err := src.Stat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		dest := c.dest
		if strings.HasSuffix(dest, "/") || r.isDir(dest) {
			dest = path.Join(dest, path.Base(name))
		}
		if err := r.mkdirAll(path.Dir(dest)); err != nil {
			return err
		}
		return r.copyFile(src, name, dest, info, c)
	}
	if err := r.mkdirAll(c.dest); err != nil {
		return err
	}
	return fs.WalkDir(src.FS(), name, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(p, name), "/")
		if name == "." {
			rel = p
		}
		if p == name {
			return nil
		}
		if ignored(p) {
			if d.IsDir() && !r.exclusions {
				return fs.SkipDir
			}
			if !d.IsDir() {
				return nil
			}
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		dest := path.Join(c.dest, rel)
		if d.IsDir() {
			if ignored(p) {
				return nil // made only if something in it is copied
			}
			return r.copyDir(dest, info, c)
		}
		if err := r.mkdirAll(path.Dir(dest)); err != nil {
			return err
		}
		return r.copyFile(src, p, dest, info, c)
	})
}

func (r *stageRun) copyDir(dest string, info fs.FileInfo, c copied) error {
	if err := r.mkdirAll(dest); err != nil {
		return err
	}
	return r.attributes(dest, info, c)
}

func (r *stageRun) attributes(dest string, info fs.FileInfo, c copied) error {
	name, mode := relative(dest), info.Mode()
	if st, ok := info.Sys().(*syscall.Stat_t); ok && c.keep {
		c.uid, c.gid = int(st.Uid), int(st.Gid)
	}
	if err := r.root.Lchown(name, c.uid, c.gid); err != nil {
		return err
	}
	if c.setMode {
		mode = c.mode
	}
	if mode&fs.ModeSymlink != 0 {
		return nil
	}
	return r.root.Chmod(name, mode&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky))
}

func (r *stageRun) copyFile(src *os.Root, name, dest string, info fs.FileInfo, c copied) error {
	to := relative(dest)
	if old, err := r.root.Lstat(to); err == nil {
		if old.IsDir() {
			return fmt.Errorf("%s is a directory already", dest)
		}
		if err := r.root.Remove(to); err != nil {
			return err
		}
	}
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		target, err := src.Readlink(name)
		if err != nil {
			return err
		}
		if err := r.root.Symlink(target, to); err != nil {
			return err
		}
	case 0:
		in, err := src.Open(name)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := r.root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil {
			return errors.Join(err, out.Close())
		}
		if err := out.Close(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s is neither a file, a directory nor a link", name)
	}
	return r.attributes(dest, info, c)
}
