package kustomize

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// tree is a kustomization with all those that it builds on.
type tree struct {
	given    string // the folder as it was named
	root     string // the folder itself
	all      []*kustomization
	problems []objects.Problem
	refusals []error
	sources  map[string]*rendered.Source

	once    sync.Once
	patches []*patch // see allPatches
}

// kustomization is one kustomization.yaml.
type kustomization struct {
	dir    string // the folder itself
	path   string // of the file
	shown  string // the file as a person knows it
	text   []byte
	node   *yaml.Node
	spec   types.Kustomization
	uses   []use
	served []byte // what Kustomize gets to read
}

func read(dir string) (*tree, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", dir, err)
	}
	root, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w; name the folder of a kustomization", dir, err)
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s: is no folder; name the folder of a kustomization", dir)
	}
	t := &tree{given: dir, root: root, sources: map[string]*rendered.Source{}}
	t.visit(root, objects.Origin{File: dir}, nil)
	for _, k := range t.all {
		if k.served, err = k.rewrite(k.dir == root); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// show names a file for a person, from the folder as it was named.
func (t *tree) show(path string) string {
	rel, err := filepath.Rel(t.root, path)
	if err != nil {
		return path
	}
	return filepath.Join(t.given, rel)
}

func (t *tree) problem(at objects.Origin, format string, args ...any) {
	t.problems = append(t.problems, objects.Problem{Rule: RuleBroken, Origin: at, Text: fmt.Sprintf(format, args...)})
}

// visit reads the kustomization of a folder that is named at a place, and those that it names.
func (t *tree) visit(dir string, from objects.Origin, above []*kustomization) {
	if slices.ContainsFunc(t.all, func(k *kustomization) bool { return k.dir == dir }) {
		return
	}
	var found []string
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		t.problem(from, "The folder %s has no kustomization.yaml.", t.show(dir))
		return
	case 1:
	default:
		t.problem(objects.Origin{File: t.show(filepath.Join(dir, found[1])), Line: 1},
			"The folder has more than one kustomization: %s.", strings.Join(found, ", "))
		return
	}
	k := &kustomization{dir: dir, path: filepath.Join(dir, found[0])}
	k.shown = t.show(k.path)
	if !t.parse(k) {
		return
	}
	t.all = append(t.all, k)
	k.uses = usesOf(k.spec)
	for _, u := range k.uses {
		t.check(k, u, append(slices.Clone(above), k))
	}
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// parse reads the file, and tells whether it can be built on.
func (t *tree) parse(k *kustomization) bool {
	text, err := readFile(k.path, maxRead)
	if err != nil {
		t.problem(objects.Origin{File: k.shown, Line: 1}, "The kustomization cannot be read: %s.", t.plain(err))
		return false
	}
	k.text, k.node = text, rendered.ParseNode(text)
	if t.unknown(k) {
		return false
	}
	if err := k.spec.Unmarshal(text); err != nil {
		t.problem(k.at(badField(err), lineIn(err)), "The kustomization cannot be read: %s.", t.plain(err))
		return false
	}
	t.deprecated(k)
	fixed := k.spec
	fixed.FixKustomization()
	if fixed.CheckEmpty() != nil {
		t.problem(k.at("", 1), "The kustomization is empty.")
		return false
	}
	for _, wrong := range fixed.EnforceFields() {
		field, _, _ := strings.Cut(wrong, " ")
		t.problem(k.at(field, 1), "%s%s.", strings.ToUpper(wrong[:1]), wrong[1:])
	}
	return true
}

// at is where a field of the kustomization stands, or that line if it cannot be found.
func (k *kustomization) at(field string, line int) objects.Origin {
	o := objects.Origin{File: k.shown, Line: max(line, 1), Path: field}
	n := k.node
	for _, step := range objects.ParsePath(field) {
		key, value := rendered.Child(n, step)
		if value == nil {
			break
		}
		n, o.Line = value, value.Line
		if key != nil {
			o.Line = key.Line
		}
	}
	return o
}

var wrongType = regexp.MustCompile(`Go struct field \w+\.([\w.]+) of type`)

// badField is the field that an error of JSON is about.
func badField(err error) string {
	if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return ""
}

func lineIn(err error) int {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 1
	}
	line, _ := strconv.Atoi(m[1])
	return line
}

// notLocal is the error for what Slipway does not fetch or run.
func notLocal(at objects.Origin, what, next string) error {
	return fmt.Errorf("%s: %s (%w); %s", objects.Origin{File: at.File, Line: at.Line}, what, ErrNotLocal, next)
}

// refused finds in an error of Kustomize's that it would have to run something.
func (t *tree) refused(err error) error {
	top := t.all[0].at("", 1)
	for _, k := range t.all {
		for _, u := range k.uses {
			if u.sort == aPlugin {
				top = k.at(u.field, 1)
			}
		}
	}
	switch {
	case types.IsErrOnlyBuiltinPluginsAllowed(err) || strings.Contains(err.Error(), "external plugins disabled"):
		return notLocal(top, "a plugin is not run: "+t.plain(err), "give the output of kustomize build")
	case strings.Contains(err.Error(), "--enable-helm"):
		return notLocal(top, "a Helm chart is not rendered by a kustomization", "give the chart itself, or the output of kustomize build --enable-helm")
	case errors.Is(err, ErrNotLocal):
		return err
	}
	return nil
}
