package layout

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNoFileIsOver600Lines(t *testing.T) {
	each(t, func(path string, text []byte) {
		if n := bytes.Count(text, []byte("\n")); n > 600 {
			t.Errorf("%s has %d lines: it is two nouns", path, n)
		}
	})
}

func TestEveryPackageSaysItsJob(t *testing.T) {
	documented, all := map[string]bool{}, map[string]bool{}
	each(t, func(path string, text []byte) {
		dir := filepath.Dir(path)
		if strings.HasSuffix(path, "_test.go") || !strings.Contains(dir, "internal") {
			return
		}
		all[dir] = true
		says := bytes.Contains(text, []byte("// Package ")) || bytes.Contains(text, []byte("// Command "))
		if says && bytes.Contains(text, []byte("\n// DESIGN.")) {
			documented[dir] = true
		}
	})
	for dir := range all {
		if !documented[dir] && !strings.Contains(dir, "examples") {
			t.Errorf("%s: no file says the package's job in a comment with a DESIGN paragraph", dir)
		}
	}
}

func each(t *testing.T, f func(path string, text []byte)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f(path, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
