package kustomize

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/rendered"
)

// transformers are the fields of objects that entries of a kustomization write, and which entry gives them this value.
var transformers = map[string]func(k *kustomization, value, name string) string{
	"image": func(k *kustomization, value, _ string) string {
		for i, img := range k.spec.Images {
			field := ""
			switch {
			case !strings.HasPrefix(value, cmp.Or(img.NewName, img.Name)):
			case img.Digest != "" && strings.HasSuffix(value, "@"+img.Digest):
				field = "digest"
			case img.NewTag != "" && strings.HasSuffix(value, ":"+img.NewTag):
				field = "newTag"
			case img.NewName != "":
				field = "newName"
			}
			if field != "" {
				return fmt.Sprintf("images[%d].%s", i, field)
			}
		}
		return ""
	},
	"replicas": func(k *kustomization, value, name string) string {
		for i, r := range k.spec.Replicas {
			if strconv.FormatInt(r.Count, 10) == value && strings.Contains(name, r.Name) {
				return fmt.Sprintf("replicas[%d].count", i)
			}
		}
		return ""
	},
	"namespace": func(k *kustomization, value, _ string) string {
		if k.spec.Namespace == value {
			return "namespace"
		}
		return ""
	},
}

// transformed finds the entry of a kustomization that wrote a field.
func (t *tree) transformed(made *yaml.Node, path []objects.Step) (objects.Origin, bool) {
	value := made
	for _, step := range path {
		_, value = rendered.Child(value, step)
	}
	if value == nil || value.Kind != yaml.ScalarNode {
		return objects.Origin{}, false
	}
	last := path[len(path)-1].Key
	find := transformers[last]
	for _, k := range t.all {
		field := ""
		switch {
		case find != nil:
			field = find(k, value.Value, rendered.Text(made, "metadata", "name"))
		case len(path) > 1 && path[len(path)-2].Key == "annotations":
			field = entry(k.spec.CommonAnnotations, "commonAnnotations", last, value.Value)
		case len(path) > 1 && (path[len(path)-2].Key == "labels" || path[len(path)-2].Key == "matchLabels" || path[len(path)-2].Key == "selector"):
			field = entry(k.spec.CommonLabels, "commonLabels", last, value.Value) //nolint:staticcheck // people's files still have it
			for i, l := range k.spec.Labels {
				if field == "" {
					field = entry(l.Pairs, fmt.Sprintf("labels[%d].pairs", i), last, value.Value)
				}
			}
		}
		if field != "" {
			return k.at(field, 1), true
		}
	}
	return objects.Origin{}, false
}

func entry(pairs map[string]string, field, key, value string) string {
	if v, ok := pairs[key]; !ok || v != value {
		return ""
	}
	return field + "[" + key + "]"
}
