package kustomize

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// patch is one patch as written, in a file of its own or in a kustomization.
type patch struct {
	file   string
	shift  int // of its lines, if it stands in a kustomization
	target *types.Selector
	parts  []rendered.Part // a strategic merge patch
	ops    []*yaml.Node    // a JSON patch
}

// merges are the strategic merge patches as entries of patches, which Kustomize applies at the same moment and in the
// same way, unless they delete something.
func (k *kustomization) merges() []types.Patch {
	var all []types.Patch
	for _, p := range k.spec.PatchesStrategicMerge { //nolint:staticcheck // people's files still have it
		one := types.Patch{Patch: string(p)}
		text := []byte(p)
		if !inline(text) {
			var err error
			if text, err = readFile(filepath.Join(k.dir, string(p)), maxRead); err != nil {
				return nil
			}
			one = types.Patch{Path: string(p)}
		}
		if bytes.Contains(text, []byte("$patch")) || !inline(text) {
			return nil
		}
		all = append(all, one)
	}
	return all
}

// allPatches are the patches of all kustomizations, the outermost first and of each the last first, so that the one
// that holds comes first.
func (t *tree) allPatches() []*patch {
	t.once.Do(t.readPatches)
	return t.patches
}

func (t *tree) readPatches() {
	for _, k := range t.all {
		var of []*patch
		add := func(field, path, text string, target *types.Selector) {
			if p := t.patch(k, field, path, text, target); p != nil {
				of = append(of, p)
			}
		}
		for i, p := range k.spec.PatchesStrategicMerge { //nolint:staticcheck // people's files still have it
			path, text := string(p), ""
			if inline([]byte(p)) {
				path, text = text, path
			}
			add(fmt.Sprintf("patchesStrategicMerge[%d]", i), path, text, nil)
		}
		for i, p := range k.spec.Patches {
			add(fmt.Sprintf("patches[%d].patch", i), p.Path, p.Patch, p.Target)
		}
		for i, p := range k.spec.PatchesJson6902 { //nolint:staticcheck // people's files still have it
			add(fmt.Sprintf("patchesJson6902[%d].patch", i), p.Path, p.Patch, p.Target)
		}
		slices.Reverse(of)
		t.patches = append(t.patches, of...)
	}
}

func (t *tree) patch(k *kustomization, field, path, text string, target *types.Selector) *patch {
	p := &patch{file: k.shown, target: target}
	body := []byte(text)
	if path != "" {
		var err error
		if body, err = readFile(filepath.Join(k.dir, path), maxRead); err != nil {
			return nil
		}
		p.file = t.show(filepath.Join(k.dir, path))
	} else {
		n := k.node
		for _, step := range objects.ParsePath(field) {
			_, n = rendered.Child(n, step)
		}
		if n == nil {
			return nil
		}
		p.shift = n.Line - 1
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			p.shift++ // the text begins below the key
		}
	}
	if n := rendered.ParseNode(body); n != nil && n.Kind == yaml.SequenceNode {
		p.ops = n.Content
		return p
	}
	p.parts = rendered.Parse(p.file, body).Parts
	return p
}

// find is where a patch gives a field of the object the value that it has.
func (p *patch) find(made *yaml.Node, path []objects.Step) (objects.Origin, bool) {
	kind, name := rendered.Text(made, "kind"), rendered.Text(made, "metadata", "name")
	if p.target != nil && (!fits(p.target.Kind, kind) || !fits(p.target.Name, name) && !strings.Contains(name, p.target.Name)) {
		return objects.Origin{}, false
	}
	at := func(line, doc int) (objects.Origin, bool) {
		return objects.Origin{File: p.file, Line: line + p.shift, Doc: doc}, true
	}
	for _, part := range p.parts {
		if p.target == nil && (rendered.Text(part.Node, "kind") != kind || !strings.Contains(name, rendered.Text(part.Node, "metadata", "name"))) {
			continue
		}
		if line, same, ok := rendered.Match(made, part.Node, path); ok && same {
			return at(line, part.Doc)
		}
	}
	for _, op := range slices.Backward(p.ops) {
		if line, ok := opWrites(op, made, path); ok {
			return at(line, 0)
		}
	}
	return objects.Origin{}, false
}

func fits(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	return err == nil && re.MatchString(text)
}

// opWrites tells whether one operation of a JSON patch writes the field, or a value that it is in.
func opWrites(op, made *yaml.Node, path []objects.Step) (line int, ok bool) {
	_, value := rendered.Child(op, rendered.Key("value"))
	pointer := strings.Split(strings.TrimPrefix(rendered.Text(op, "path"), "/"), "/")
	if value == nil || len(pointer) > len(path) {
		return 0, false
	}
	for i, p := range pointer {
		step := path[i]
		p = strings.NewReplacer("~1", "/", "~0", "~").Replace(p)
		if step.Index >= 0 {
			if n, err := strconv.Atoi(p); p != "-" && (err != nil || n != step.Index) {
				return 0, false
			}
		} else if p != step.Key {
			return 0, false
		}
		_, made = rendered.Child(made, step)
	}
	line, same, ok := rendered.Match(made, value, path[len(pointer):])
	if len(pointer) == len(path) {
		key, _ := rendered.Child(op, rendered.Key("value"))
		return key.Line, same
	}
	return line, ok && same
}
