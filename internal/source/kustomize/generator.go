package kustomize

import (
	"bytes"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// generator is an entry of configMapGenerator or secretGenerator.
type generator struct {
	t    *tree
	in   *kustomization
	node *yaml.Node
}

var generatorFields = map[string]string{"ConfigMapGenerator": "configMapGenerator", "SecretGenerator": "secretGenerator"}

// generator finds the entry that made an object; its name is in the object's.
func (t *tree) generator(path, kind string, made *yaml.Node) *generator {
	for _, k := range t.all {
		if k.path != path {
			continue
		}
		_, list := rendered.Child(k.node, rendered.Key(generatorFields[kind]))
		if list == nil || list.Kind != yaml.SequenceNode {
			return nil
		}
		var best *generator
		length := -1
		for _, n := range list.Content {
			name := rendered.Text(n, "name")
			if strings.Contains(rendered.Text(made, "metadata", "name"), name) && len(name) > length {
				best, length = &generator{t, k, n}, len(name)
			}
		}
		return best
	}
	return nil
}

// place finds the literal, or the file, that a key of the data comes from.
func (g *generator) place(field string) (objects.Origin, bool) {
	at := objects.Origin{File: g.in.shown, Path: field}
	path := objects.ParsePath(field)
	if field == "metadata.name" {
		path[0] = rendered.Key("name")
	} else if len(path) != 2 || path[0].Key != "data" && path[0].Key != "binaryData" && path[0].Key != "stringData" {
		return at, false
	}
	if field == "metadata.name" {
		key, _ := rendered.Child(g.node, path[0])
		if key == nil {
			return at, false
		}
		at.Line = key.Line
		return at, true
	}
	key := path[1].Key
	for _, n := range g.entries("literals") {
		if name, _, _ := strings.Cut(n.Value, "="); name == key {
			at.Line = n.Line
			return at, true
		}
	}
	for _, n := range g.entries("files") {
		name, file, ok := strings.Cut(n.Value, "=")
		if !ok {
			name, file = filepath.Base(n.Value), n.Value
		}
		if name == key {
			return objects.Origin{File: g.t.show(filepath.Join(g.in.dir, file)), Line: 1, Path: field}, true
		}
	}
	return g.env(key, field)
}

func (g *generator) env(key, field string) (objects.Origin, bool) {
	for _, n := range g.entries("envs") {
		path := filepath.Join(g.in.dir, n.Value)
		text, err := readFile(path, maxRead)
		if err != nil {
			continue
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if name, _, _ := strings.Cut(strings.TrimSpace(string(line)), "="); name == key {
				return objects.Origin{File: g.t.show(path), Line: i + 1, Path: field}, true
			}
		}
	}
	return objects.Origin{}, false
}

func (g *generator) entries(field string) []*yaml.Node {
	_, list := rendered.Child(g.node, rendered.Key(field))
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	return list.Content
}
