package compose

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Problem is one reason why a project cannot be compiled, with its place.
type Problem struct {
	Origin objects.Origin
	Text   string
}

func (p *Problem) Error() string { return p.Origin.String() + ": " + p.Text }

// join sorts the problems by place, so that the same input always gives the same message, and drops repetitions.
func join(problems []*Problem) error {
	slices.SortStableFunc(problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line), cmp.Compare(a.Origin.Path, b.Origin.Path), cmp.Compare(a.Text, b.Text))
	})
	problems = slices.CompactFunc(problems, func(a, b *Problem) bool { return *a == *b })
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// names shortens file names for people: relative to where they are, else to the project, unless the files are to be
// found again by their names.
type names struct {
	here, project string
	found         bool
}

func (n names) show(file string) string {
	bases := []string{n.here, n.project}
	if n.found {
		bases = bases[:1]
	}
	for _, base := range bases {
		if rel, err := filepath.Rel(base, file); err == nil && base != "" && rel != ".." && !strings.HasPrefix(rel, "../") {
			return rel
		}
	}
	return file
}
