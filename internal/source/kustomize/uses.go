package kustomize

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// sort is what a path in a kustomization may be.
type sort int

const (
	aFile     sort = iota
	aFolder        // of another kustomization
	aResource      // a file, or a folder
	aPlugin        // a file with the configuration of plugins, or that configuration
	aPatch         // a file, or a patch
)

// use is a place of a kustomization that names something else.
type use struct {
	field string
	value string
	sort  sort
}

// usesOf lists all that a kustomization names.
func usesOf(k types.Kustomization) []use {
	var all []use
	add := func(s sort, field string, values ...string) {
		for i, v := range values {
			all = append(all, use{fmt.Sprintf("%s[%d]", field, i), v, s})
		}
	}
	add(aResource, "resources", k.Resources...)
	add(aResource, "bases", k.Bases...) //nolint:staticcheck // people's files still have it
	add(aFolder, "components", k.Components...)
	add(aFile, "crds", k.Crds...)
	add(aFile, "configurations", k.Configurations...)
	add(aPlugin, "generators", k.Generators...)
	add(aPlugin, "transformers", k.Transformers...)
	add(aPlugin, "validators", k.Validators...)
	for i, p := range k.PatchesStrategicMerge { //nolint:staticcheck // people's files still have it
		all = append(all, use{fmt.Sprintf("patchesStrategicMerge[%d]", i), string(p), aPatch})
	}
	one := func(field, value string) {
		if value != "" {
			all = append(all, use{field, value, aFile})
		}
	}
	for i, p := range k.Patches {
		one(fmt.Sprintf("patches[%d].path", i), p.Path)
	}
	for i, p := range k.PatchesJson6902 { //nolint:staticcheck // people's files still have it
		one(fmt.Sprintf("patchesJson6902[%d].path", i), p.Path)
	}
	for i, r := range k.Replacements {
		one(fmt.Sprintf("replacements[%d].path", i), r.Path)
	}
	pairs := func(field string, p types.KvPairSources) {
		for i, f := range p.FileSources {
			one(fmt.Sprintf("%s.files[%d]", field, i), source(f))
		}
		add(aFile, field+".envs", p.EnvSources...)
		one(field+".env", p.EnvSource)
	}
	for i, g := range k.ConfigMapGenerator {
		pairs(fmt.Sprintf("configMapGenerator[%d]", i), g.KvPairSources)
	}
	for i, g := range k.SecretGenerator {
		pairs(fmt.Sprintf("secretGenerator[%d]", i), g.KvPairSources)
	}
	one("openapi.path", k.OpenAPI["path"])
	return all
}

// check looks at what a use names, and into it if it is a kustomization.
func (t *tree) check(k *kustomization, u use, chain []*kustomization) {
	at := k.at(u.field, 1)
	if u.sort == aPlugin && inline([]byte(u.value)) {
		t.refuseRemoteIn([]byte(u.value), at, at.Line)
		return
	}
	if u.sort == aPatch && inline([]byte(u.value)) {
		return
	}
	if remote(u.value) {
		what := "remote file"
		if u.sort == aResource || u.sort == aFolder {
			what = "remote base"
		}
		t.refusals = append(t.refusals, notLocal(at, fmt.Sprintf("%s %s is not fetched", what, u.value),
			"put a copy of it beside the kustomization and name that, or give the output of kustomize build"))
		return
	}
	if u.value == "" {
		t.problem(at, "The entry is empty.")
		return
	}
	path := filepath.Clean(u.value)
	name := path
	if !filepath.IsAbs(path) {
		path = filepath.Join(k.dir, path)
		name = t.show(path)
	}
	found, err := filepath.EvalSymlinks(path)
	var info os.FileInfo
	if err == nil {
		info, err = os.Stat(found)
	}
	switch {
	case os.IsNotExist(err):
		t.problem(at, "There is no file or folder %s.", name)
	case err != nil:
		t.problem(at, "%s cannot be read: %s.", name, t.plain(err))
	case info.IsDir():
		t.checkFolder(u, at, found, chain)
	case u.sort == aFolder:
		t.problem(at, "%s is no folder: a component is one, with a kustomization.yaml in it.", name)
	case !within(k.dir, found):
		t.problem(at, "%s is outside of the folder of the kustomization, from where Kustomize reads no files.", name)
	case u.sort == aPlugin:
		if text, err := readFile(found, maxRead); err == nil {
			t.refuseRemoteIn(text, objects.Origin{File: t.show(path)}, 0)
		}
	}
}

func (t *tree) checkFolder(u use, at objects.Origin, dir string, chain []*kustomization) {
	switch u.sort {
	case aPlugin:
		t.refusals = append(t.refusals, notLocal(at, fmt.Sprintf("the configuration of plugins in the folder %s is not read", u.value),
			"name its files one by one"))
		return
	case aFile, aPatch:
		t.problem(at, "%s is a folder, where a file is needed.", t.show(dir))
		return
	}
	for _, c := range chain {
		if within(dir, c.dir) {
			t.problem(at, "%s holds this kustomization or one that builds on it: that never ends.", t.show(dir))
			return
		}
	}
	t.visit(dir, at, chain)
}

func (t *tree) refuseRemoteIn(text []byte, at objects.Origin, above int) {
	if value, line := remoteIn(text); value != "" {
		at.Line = above + line
		t.refusals = append(t.refusals, notLocal(at, fmt.Sprintf("remote file %s is not fetched", value), "put a copy of it beside the kustomization and name that"))
	}
}

// inline tells YAML that stands in the kustomization itself from the name of a file.
func inline(text []byte) bool {
	n := rendered.ParseNode(text)
	return n != nil && n.Kind == yaml.MappingNode
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
