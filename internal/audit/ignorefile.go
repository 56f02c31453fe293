package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
)

// IgnoreFile is the file beside the application's files that says what is not to be found.
const IgnoreFile = ".slipway-audit.yaml"

// IgnoreFiles finds the ignore files that belong to paths: in folders, and beside files.
func IgnoreFiles(paths []string) []string {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var found []string
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			p = filepath.Dir(p)
		}
		file := filepath.Join(p, IgnoreFile)
		if _, err := os.Stat(file); err == nil && !slices.Contains(found, file) {
			found = append(found, file)
		}
	}
	return found
}

// ReadIgnores reads an ignore file: a list under "ignore" of rule, object, file and reason. A rule that is not there, a
// key that is not known and a missing reason are errors, because an ignore that does nothing, or nobody knows why, is
// worse than none.
func ReadIgnores(file string) ([]Ignore, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", file, errors.Unwrap(err))
	}
	var doc struct {
		Ignore []yaml.Node `yaml:"ignore"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var all []Ignore
	for _, n := range doc.Ignore {
		i, err := readIgnore(&n)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n.Line, err)
		}
		i.Origin = objects.Origin{File: file, Line: n.Line}
		all = append(all, i)
	}
	return all, nil
}

func readIgnore(n *yaml.Node) (Ignore, error) {
	values := map[string]string{}
	if err := n.Decode(&values); err != nil {
		return Ignore{}, fmt.Errorf("an entry is a mapping of rule, object, file and reason: %w", err)
	}
	for key := range values {
		if !slices.Contains([]string{"rule", "object", "file", "reason"}, key) {
			return Ignore{}, fmt.Errorf("%s is not known; rule, object, file and reason are", key)
		}
	}
	i := Ignore{Rule: values["rule"], Object: values["object"], File: values["file"], Reason: strings.TrimSpace(values["reason"])}
	if i.Reason == "" {
		return Ignore{}, errors.New("has no reason; say why it is no fault here")
	}
	if !slices.ContainsFunc(Rules(), func(r *Rule) bool { return matches(i.Rule, r.ID) }) {
		return Ignore{}, fmt.Errorf("there is no rule %q; list them with \"slipway audit rules\"", i.Rule)
	}
	return i, nil
}
