package mend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source"
	"github.com/slipway-sh/slipway/internal/source/edit"
)

// Change is one file that was mended.
type Change struct {
	File          string
	Before, After []byte
	Rules         []string // what was mended, by rule
}

// Result is what mending came to.
type Result struct {
	Changes []*Change
	Left    []*audit.Finding // what is found afterwards; of Compose files only once they are written

	audit func() ([]*audit.Finding, error) // of what is on the disk
}

// most is how often the files are read again. Three rounds were the most that any input of the tests needed.
const most = 8

// Run mends, in memory, what the paths hold.
func Run(ctx context.Context, paths []string, opts source.Options, ignores []audit.Ignore) (*Result, error) {
	before := opts
	r := &Result{audit: func() ([]*audit.Finding, error) { return Audit(ctx, paths, before, ignores) }}
	overlay := map[string][]byte{}
	maps.Copy(overlay, opts.Overlay)
	opts.Overlay = overlay
	for range most {
		findings, err := Audit(ctx, paths, opts, ignores)
		if err != nil {
			return nil, err
		}
		r.Left = findings
		changed, err := r.round(findings, opts.Overlay)
		if err != nil || !changed {
			return r, err
		}
	}
	return r, nil
}

// round makes the edits of all findings, and says whether any changed a file.
func (r *Result) round(findings []*audit.Finding, overlay map[string][]byte) (bool, error) {
	edits, rules := map[string][]objects.Edit{}, map[string][]string{}
	var files []string
	for _, f := range findings {
		if f.Ignored != "" {
			continue
		}
		if _, done := overlay[f.Origin.File]; done && f.Origin.Path != "" {
			continue // a Compose file is read from the disk, so that what is mended in memory is found again
		}
		for _, e := range f.Edits {
			if edits[e.File] == nil {
				files = append(files, e.File)
			}
			if !slices.ContainsFunc(edits[e.File], func(o objects.Edit) bool { return same(o, e) }) {
				edits[e.File] = append(edits[e.File], e)
			}
			if !slices.Contains(rules[e.File], f.Rule.ID) {
				rules[e.File] = append(rules[e.File], f.Rule.ID)
			}
		}
	}
	any := false
	for _, file := range files {
		text, again := overlay[file]
		if !again {
			var err error
			if text, err = os.ReadFile(file); err != nil {
				return false, fmt.Errorf("%s: cannot be read: %w", file, err)
			}
		}
		after, _ := edit.Apply(text, edits[file])
		if bytes.Equal(after, text) {
			continue
		}
		any = true
		overlay[file] = after
		r.note(file, text, after, rules[file])
	}
	return any, nil
}

func same(a, b objects.Edit) bool {
	return a.Op == b.Op && a.Path == b.Path && a.Doc == b.Doc && a.First == b.First && a.Last == b.Last && fmt.Sprint(a.Value) == fmt.Sprint(b.Value)
}

func (r *Result) note(file string, before, after []byte, rules []string) {
	i := slices.IndexFunc(r.Changes, func(c *Change) bool { return c.File == file })
	if i < 0 {
		r.Changes = append(r.Changes, &Change{File: file, Before: before})
		i = len(r.Changes) - 1
	}
	c := r.Changes[i]
	c.After = after
	for _, id := range rules {
		if !slices.Contains(c.Rules, id) {
			c.Rules = append(c.Rules, id)
		}
	}
}

// Diff shows the changes as a unified difference.
func (r *Result) Diff() string {
	var b strings.Builder
	for _, c := range r.Changes {
		b.WriteString(edit.Diff(c.File, c.Before, c.After))
	}
	return b.String()
}

// Write puts the changes into the files, each at once or not at all, and looks again at what is left.
func (r *Result) Write() error {
	var errs []error
	for _, c := range r.Changes {
		if err := replace(c.File, c.After); err != nil {
			errs = append(errs, fmt.Errorf("%s: cannot be written: %w", c.File, err))
		}
	}
	if err := errors.Join(errs...); err != nil || len(r.Changes) == 0 {
		return err
	}
	var err error
	r.Left, err = r.audit()
	return err
}

func replace(file string, text []byte) error {
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".slipway-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
