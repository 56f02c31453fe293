package keeper

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/slipway-sh/slipway/internal/home"
)

// record is the file that lets another keeper take a container over. It is written before the container is made,
// with PID 0, and again before its program begins.
type record struct {
	Container
	Dir      string `json:"dir"`
	LogPath  string `json:"logPath"`
	ExitPath string `json:"exitPath"`
	TTY      bool   `json:"tty"`
}

// States is the directory of libcontainer's own files on the containers, for Load.
func States(h home.Dir) string { return filepath.Join(h.Run, "containers") }

func records(h home.Dir) string { return filepath.Join(h.Run, "keeper") }

// files is the directory of a container's record and FIFOs.
func files(h home.Dir, id string) string { return filepath.Join(records(h), id) }

func (r *record) save(h home.Dir) error {
	return WriteFile(filepath.Join(files(h, r.ID), "record.json"), r)
}

func load(h home.Dir, id string) (*record, error) {
	r := &record{}
	return r, ReadFile(filepath.Join(files(h, id), "record.json"), r)
}

func processPath(h home.Dir, id string) string { return filepath.Join(files(h, id), "process.json") }

// ReadProcess reads what a container runs, for who wants to run something else in it in the same way.
func ReadProcess(h home.Dir, id string) (*Process, error) {
	p := &Process{}
	return p, ReadFile(processPath(h, id), p)
}

// ReadExit reads how a container ended from where Spec.ExitPath said to keep it; nil if it is not there.
func ReadExit(path string) (*Exit, error) {
	e := &Exit{}
	if err := ReadFile(path, e); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return e, nil
}

// WriteFile writes v as JSON so that a reader sees all of it or what was there before.
func WriteFile(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// ReadFile reads what WriteFile wrote.
func ReadFile(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
