package dockerfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// ignore is a .dockerignore.
type ignore struct {
	matcher    *patternmatcher.PatternMatcher
	exclusions bool // it has lines with "!"
}

// readIgnore reads FILE.dockerignore beside the Dockerfile, or else .dockerignore of the context.
func readIgnore(context, file string) (*ignore, error) {
	for _, name := range []string{file + ".dockerignore", filepath.Join(context, ".dockerignore")} {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		patterns, err := ignorefile.ReadAll(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		m, err := patternmatcher.New(patterns)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return &ignore{m, m.Exclusions()}, nil
	}
	return &ignore{}, nil
}

func (g *ignore) match(name string) bool {
	if g.matcher == nil {
		return false
	}
	ok, err := g.matcher.MatchesOrParentMatches(name)
	return err == nil && ok
}

// hash is over everything that COPY could read: names, modes, contents.
func (g *ignore) hash(root *os.Root) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if p != "." && g.match(p) {
			if d.IsDir() && !g.exclusions {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %o %d\n", p, info.Mode(), info.Size()*b2i(!d.IsDir()))
		switch d.Type() {
		case fs.ModeSymlink:
			target, err := root.Readlink(p)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%q\n", target)
		case 0:
			f, err := root.Open(p)
			if err != nil {
				return err
			}
			defer f.Close()
			if _, err := io.Copy(h, f); err != nil {
				return err
			}
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
