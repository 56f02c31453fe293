package manifest

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/manifest/repair"
)

// read makes the objects of one document.
func (d *document) read() {
	if blank(d.data) {
		return
	}
	value, err := d.parse(d.data)
	if err != nil || repair.Suspicious(d.data) || !isObject(value) {
		mended, problems, ok := repair.Document(d.text.File, d.first, d.data)
		d.problems = append(d.problems, problems...)
		for _, p := range problems {
			d.standIns = d.standIns || !p.Mended
		}
		if len(problems) > 0 {
			d.ours = d.ours || err != nil && !d.mayBeOthers() || bytes.Contains(mended, []byte("apiVersion")) || bytes.Contains(mended, []byte("kind:"))
		}
		if !ok {
			d.unreadable(err, len(problems) > 0)
			return
		}
		if !bytes.Equal(mended, d.data) || err != nil {
			if value, err = d.parse(mended); err != nil {
				d.unreadable(err, len(problems) > 0)
				return
			}
		}
	}
	switch v := value.(type) {
	case map[string]any:
		d.mapping(v)
	case nil:
	default:
		d.fragment(fmt.Sprintf("is %s, not a Kubernetes object: it has no apiVersion and kind", show(v)))
		d.piece(v)
	}
}

// mayBeOthers tells a text that may well be read by another program: of JSON there are kinds with comments. A file called
// YAML was to be YAML, whoever it was for.
func (d *document) mayBeOthers() bool {
	return filepath.Ext(d.text.File) == ".json" && !bytes.Contains(d.data, []byte("apiVersion"))
}

// unreadable is a text that nobody can read.
func (d *document) unreadable(err error, said bool) {
	d.ours = d.ours || !d.mayBeOthers()
	if said || err == nil {
		return
	}
	text := err.Error()
	if i := strings.LastIndex(text, ": "); strings.HasPrefix(text, "yaml: ") && i > 0 {
		text = text[i+2:]
	}
	d.problem("not-yaml", "", "is not YAML: "+text)
}

// parse reads the text as YAML and remembers its places.
func (d *document) parse(data []byte) (any, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		return nil, err
	}
	t, places := &tree{}, &place{}
	value, err := t.value(&node, places, 0)
	if err != nil {
		return nil, err
	}
	d.places = places
	for _, twice := range t.duplicates {
		p := d.problem("duplicate-key", twice.path, fmt.Sprintf("%s is written twice in the same mapping; only the last counts", twice.path))
		p.Origin.Line = d.first + int(twice.line) - 1
	}
	return value, nil
}

func isObject(v any) bool {
	m, ok := v.(map[string]any)
	return ok && m["apiVersion"] != nil && m["kind"] != nil
}

// mapping is a document that is a mapping: an object, a list of them, or something else.
func (d *document) mapping(m map[string]any) {
	version, hasVersion := m["apiVersion"].(string)
	kind, hasKind := m["kind"].(string)
	switch {
	case !hasVersion && !hasKind:
		d.fragment("is no Kubernetes object: it has no apiVersion and kind")
		d.piece(m)
		return
	case !hasVersion || !hasKind:
		d.ours = d.ours || m["metadata"] != nil || m["spec"] != nil
		missing, there := "kind", "apiVersion"
		if hasKind {
			missing, there = there, missing
		}
		text := fmt.Sprintf("has %s and no %s", there, missing)
		if m[missing] != nil {
			text = fmt.Sprintf("%s %s, but must be a text", missing, "is "+show(m[missing]))
		}
		d.problem("missing-field", missing, text)
		return
	}
	d.ours = true
	if items, ok := m["items"].([]any); ok && strings.HasSuffix(kind, "List") && strings.HasPrefix(version, "v1") {
		for i, it := range items {
			prefix := "items[" + strconv.Itoa(i) + "]."
			if om, ok := it.(map[string]any); ok && isObject(om) {
				d.object(om, prefix)
			} else {
				d.problem("fragment", strings.TrimSuffix(prefix, "."), "is no Kubernetes object: it has no apiVersion and kind")
			}
		}
		return
	}
	d.object(m, "")
}

// parts are keys that say what a piece of a manifest belongs into. Those that are not sure stand in other files too:
// values of a chart, a configuration.
var parts = []struct {
	key     string
	sure    bool
	belongs string
}{
	{"containers", true, "the spec of a pod, as spec.template.spec of a Deployment"},
	{"template", true, "the spec of a Deployment, StatefulSet or Job"},
	{"volumeMounts", true, "a container"},
	{"volumes", false, "the spec of a pod"},
	{"args", false, "a container"},
	{"image", false, "the containers of a pod"},
	{"env", false, "a container"},
	{"annotations", true, "the metadata of an object or of a pod template"},
	{"labels", false, "the metadata of an object or of a pod template"},
	{"metadata", true, "an object with apiVersion and kind"},
	{"spec", true, "an object with apiVersion and kind"},
	{"ports", false, "a container or a Service"},
	{"data", false, "a ConfigMap or Secret"},
}

// fragment is a document that is no object. In a file that nobody named, one without a sign of Kubernetes in it is for
// another program.
func (d *document) fragment(text string) {
	has := d.places
	list := len(has.kids) > 0 && has.kids[0].key == ""
	if list { // look at its first item
		has = &has.kids[0]
	}
	for _, part := range parts {
		if has.child(objects.Step{Key: part.key, Index: -1}) != nil {
			d.ours = d.ours || part.sure || list
			d.problem("fragment", "", text).Advice = fmt.Sprintf("a piece with %s belongs into %s; put it there, or take it out of the folder", part.key, part.belongs)
			return
		}
	}
	if d.text.Named {
		d.problem("fragment", "", text)
	}
}
