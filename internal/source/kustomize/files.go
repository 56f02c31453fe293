package kustomize

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"go.yaml.in/yaml/v4"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/slipway-sh/slipway/internal/source/rendered"
)

const (
	maxRead  = 64 << 20  // bytes of all files of a build
	maxNodes = 1_000_000 // of one file, once its anchors are put in
)

// files is the file system that Kustomize sees: this machine's, to read only, with the kustomizations as they were read
// before.
type files struct {
	filesys.FileSystem
	served map[string][]byte
	left   *atomic.Int64
}

func newFiles(t *tree) files {
	f := files{FileSystem: filesys.MakeFsOnDisk(), served: map[string][]byte{}, left: &atomic.Int64{}}
	f.left.Store(maxRead)
	for _, k := range t.all {
		f.served[k.path] = k.served
	}
	return f
}

// ReadFile gives a kustomization only if it was looked at: what leaves this machine was sought there.
func (f files) ReadFile(path string) ([]byte, error) {
	if text, ok := f.served[path]; ok {
		return text, nil
	}
	if slices.Contains(konfig.RecognizedKustomizationFileNames(), filepath.Base(path)) {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: is a kustomization that none of those above it names", path)
	}
	text, err := readFile(path, f.left.Load())
	if err != nil {
		return nil, err
	}
	f.left.Add(-int64(len(text)))
	return text, nil
}

func (f files) Open(path string) (filesys.File, error)   { return nil, denied(path) }
func (f files) Create(path string) (filesys.File, error) { return nil, denied(path) }
func (f files) Mkdir(path string) error                  { return denied(path) }
func (f files) MkdirAll(path string) error               { return denied(path) }
func (f files) RemoveAll(path string) error              { return denied(path) }
func (f files) WriteFile(path string, _ []byte) error    { return denied(path) }

func denied(path string) error { return fmt.Errorf("%s: a build only reads files", path) }

// readFile reads an ordinary file of at most so many bytes, and none whose anchors would unfold without end.
func readFile(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no ordinary file", path)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s: is too large: all files of a kustomization together may have %d MiB", path, maxRead>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for _, p := range rendered.Parse("", text).Parts {
		if unfolded(p.Node, map[*yaml.Node]int{}) > maxNodes {
			return nil, fmt.Errorf("%s: has anchors that unfold to more than a million values", path)
		}
	}
	return text, nil
}

// unfolded counts the values of a document with its aliases put in.
func unfolded(n *yaml.Node, known map[*yaml.Node]int) int {
	if n == nil {
		return 0
	}
	if c, ok := known[n]; ok {
		return c
	}
	known[n] = maxNodes + 1 // for whoever holds itself
	count := 1 + unfolded(n.Alias, known)
	for _, c := range n.Content {
		count = min(count+unfolded(c, known), maxNodes+1)
	}
	known[n] = count
	return count
}
