package main

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

type file struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

const largest = 32 << 20

func (s *server) listFiles(http.ResponseWriter, *http.Request) (any, error) {
	entries, err := fs.ReadDir(s.uploads.FS(), ".")
	if err != nil {
		return nil, err
	}
	files := []file{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, file{e.Name(), info.Size()})
		}
	}
	return files, nil
}

// addFile stores an upload under a temporary name first, so that no other replica sees half of it.
func (s *server) addFile(w http.ResponseWriter, r *http.Request) (any, error) {
	r.Body = http.MaxBytesReader(w, r.Body, largest)
	in, head, err := r.FormFile("file")
	if err != nil {
		return nil, failure{http.StatusBadRequest, "a form with the field \"file\" is expected: " + err.Error()}
	}
	defer in.Close()
	name := path.Base(head.Filename)
	if name == "." || name == "/" || strings.HasPrefix(name, ".") {
		return nil, failure{http.StatusBadRequest, "the file needs a name that does not begin with a dot"}
	}
	temp := "." + rand.Text()
	out, err := s.uploads.Create(temp)
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = s.uploads.Rename(temp, name)
	}
	if err != nil {
		return nil, errors.Join(err, s.uploads.Remove(temp))
	}
	return file{name, n}, nil
}

func (s *server) getFile(w http.ResponseWriter, r *http.Request) (any, error) {
	name := r.PathValue("name")
	if strings.HasPrefix(name, ".") {
		return nil, failure{http.StatusNotFound, "not found"}
	}
	f, err := s.uploads.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, failure{http.StatusNotFound, "not found"}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	w.Header().Set("Content-Disposition", "attachment")
	http.ServeContent(w, r, name, info.ModTime(), f)
	return nil, errSent
}
