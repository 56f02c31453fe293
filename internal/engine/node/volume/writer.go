package volume

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// file is one file of a volume.
type file struct {
	data []byte
	mode int32
}

// writer replaces the contents of a volume at one moment: all files are in a new directory, which the symlink ..data
// is then made to name. Programs know this layout from Kubernetes: they watch ..data.
type writer struct {
	dir string
	gid int // of every file, which its group may then read; -1 for none
}

const dataLink = "..data"

func (w writer) write(files map[string]file) error {
	for name := range files {
		if !filepath.IsLocal(name) || strings.HasPrefix(name, "..") {
			return fmt.Errorf("file %q would be outside of the volume", name)
		}
	}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return err
	}
	if err := w.mend(w.dir, 0o777); err != nil {
		return err
	}
	old, _ := os.Readlink(filepath.Join(w.dir, dataLink))
	if old != "" && w.same(filepath.Join(w.dir, old), files) {
		return w.link(files)
	}
	next, err := os.MkdirTemp(w.dir, time.Now().UTC().Format("..2006_01_02_15_04_05."))
	if err != nil {
		return err
	}
	if err := w.fill(next, files); err != nil {
		os.RemoveAll(next)
		return err
	}
	tmp := filepath.Join(w.dir, "..data_tmp")
	_ = os.Remove(tmp)
	if err := os.Symlink(filepath.Base(next), tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(w.dir, dataLink)); err != nil {
		return err
	}
	if err := w.link(files); err != nil {
		return err
	}
	return w.sweep(filepath.Base(next))
}

func (w writer) fill(dir string, files map[string]file) error {
	if err := w.mend(dir, 0o755); err != nil {
		return err
	}
	for name, f := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		for d := filepath.Dir(path); d != dir; d = filepath.Dir(d) {
			if err := w.mend(d, 0o755); err != nil {
				return err
			}
		}
		if err := os.WriteFile(path, f.data, 0o600); err != nil {
			return err
		}
		if err := w.mend(path, w.mode(f)); err != nil {
			return err
		}
	}
	return nil
}

func (w writer) mode(f file) os.FileMode {
	mode := os.FileMode(f.mode) & os.ModePerm
	if w.gid >= 0 {
		mode |= 0o440
	}
	return mode
}

// mend sets mode and group, past the umask.
func (w writer) mend(path string, mode os.FileMode) error {
	if w.gid >= 0 {
		if err := os.Lchown(path, -1, w.gid); err != nil {
			return err
		}
		if st, err := os.Stat(path); err == nil && st.IsDir() {
			mode |= os.ModeSetgid
		}
	}
	return os.Chmod(path, mode)
}

// same tells whether a directory holds exactly these files.
func (w writer) same(dir string, files map[string]file) bool {
	n := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		f, ok := files[name]
		b, err := os.ReadFile(path)
		st, err2 := d.Info()
		if !ok || err != nil || err2 != nil || !bytes.Equal(b, f.data) || st.Mode().Perm() != w.mode(f) {
			return errors.New("differs")
		}
		n++
		return nil
	})
	return err == nil && n == len(files)
}

// link makes a symlink into ..data for the first element of every path, and removes those of files that are gone.
func (w writer) link(files map[string]file) error {
	want := map[string]bool{}
	for name := range files {
		first, _, _ := strings.Cut(name, "/")
		want[first] = true
	}
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "..") {
			continue
		}
		if want[e.Name()] {
			delete(want, e.Name())
		} else if err := os.Remove(filepath.Join(w.dir, e.Name())); err != nil {
			return err
		}
	}
	for name := range want {
		if err := os.Symlink(filepath.Join(dataLink, name), filepath.Join(w.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes the directories that ..data no longer names.
func (w writer) sweep(current string) error {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), "..") && e.Name() != current {
			if err := os.RemoveAll(filepath.Join(w.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
