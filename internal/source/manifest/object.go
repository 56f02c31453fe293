package manifest

import (
	"fmt"
	"reflect"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/manifest/upgrade"
)

// object reads one object of the document; prefix is where it stands in it.
func (d *document) object(m map[string]any, prefix string) {
	r := &reading{document: d, prefix: prefix, doc: m}
	r.title = r.name()
	r.modernize()
	gvk := schema.FromAPIVersionAndKind(text(m["apiVersion"]), text(m["kind"]))
	known, builtin := scheme.Scheme.AllKnownTypes()[gvk]
	// Definitions of kinds are only looked into; some libraries bring a type for them, some do not.
	if gvk == apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition") {
		for _, f := range fit(m, reflect.TypeFor[apiextensionsv1.CustomResourceDefinition]()) {
			r.fault(f)
		}
		builtin = false
	}
	if !builtin || strings.HasSuffix(gvk.Kind, "Options") || gvk.Group == "apiextensions.k8s.io" {
		r.custom(gvk)
		return
	}
	for _, f := range fit(m, known) {
		r.fault(f)
	}
	obj := reflect.New(known).Interface().(runtime.Object)
	if _, ok := obj.(metav1.Object); !ok {
		r.say("unknown-kind", "kind", fmt.Sprintf("%s %s is no object that can be created", gvk.GroupVersion(), gvk.Kind))
		return
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, obj); err != nil {
		r.say("invalid", "", fmt.Sprintf("cannot be read: %v", err))
		return
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	r.keep(&objects.Object{Object: obj})
}

// reading is one object being read.
type reading struct {
	*document
	prefix    string
	doc       map[string]any
	title     string
	rewritten bool
}

// name is how the object is called in messages, as far as it can be made out.
func (r *reading) name() string {
	kind := strings.ToLower(text(r.doc["kind"]))
	meta, _ := r.doc["metadata"].(map[string]any)
	name := text(meta["name"])
	if name == "" && text(meta["generateName"]) != "" {
		name = text(meta["generateName"]) + "…"
	}
	if ns := text(meta["namespace"]); ns != "" {
		name = ns + "/" + name
	}
	return strings.TrimSpace(kind + " " + name)
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func (r *reading) say(rule, fieldPath, text string, edits ...objects.Edit) *objects.Problem {
	p := objects.Problem{Rule: rule, Origin: r.origin(r.prefix, fieldPath), Object: r.title, Field: fieldPath, Text: text}
	if r.prefix == "" {
		p.Edits = r.place(edits)
	}
	r.problems = append(r.problems, p)
	return &r.problems[len(r.problems)-1]
}

// modernize brings the object to a current API version.
func (r *reading) modernize() {
	gvk := schema.FromAPIVersionAndKind(text(r.doc["apiVersion"]), text(r.doc["kind"]))
	fate, known := upgrade.Of(gvk)
	changes, able := upgrade.Upgrade(r.doc)
	if known && !fate.Served {
		r.departed(gvk, fate, changes, able)
	} else if known && fate.DeprecatedIn != "" {
		advice := fate.Note
		if !fate.Replacement.Empty() {
			advice = "use " + fate.Replacement.GroupVersion().String() + " " + fate.Replacement.Kind
		}
		r.say("deprecated-api", "apiVersion", fmt.Sprintf("%s %s is deprecated since %s %s", gvk.GroupVersion(), gvk.Kind, fate.Product, fate.DeprecatedIn)).Advice = advice
	}
	if shaped := upgrade.Reshape(r.doc); len(shaped) > 0 {
		edits := allEdits(shaped)
		r.rewritten = true
		for _, c := range shaped {
			r.say("field-of-old-version", c.Path, c.Text, edits...).Mended = true
			r.note(c.Text, c.Path)
		}
	}
	for _, c := range upgrade.ToV2(r.doc) {
		r.note(c.Text, c.Path) // what else is in it stays where it is, so that its places hold
	}
}

// departed is an object of a version that is no longer served.
func (r *reading) departed(gvk schema.GroupVersionKind, fate upgrade.Fate, changes []upgrade.Change, able bool) {
	what := fmt.Sprintf("%s %s", gvk.GroupVersion(), gvk.Kind)
	switch {
	case fate.RemovedIn != "":
		what += fmt.Sprintf(" was removed in %s %s", fate.Product, fate.RemovedIn)
	default:
		what += " is not served by a current " + fate.Product
	}
	advice := fate.Note
	if !fate.Replacement.Empty() {
		advice = fmt.Sprintf("use %s %s", fate.Replacement.GroupVersion(), fate.Replacement.Kind)
	}
	edits := allEdits(changes)
	p := r.say("removed-api", "apiVersion", what, edits...)
	p.Advice, p.Mended = advice, able && len(changes) > 0
	removal := *p
	r.rewritten = r.rewritten || p.Mended
	for i, c := range changes {
		r.note(c.Text, c.Path)
		if c.Rule != "" {
			p := r.say(c.Rule, c.Path, c.Text)
			p.Mended, p.Edits = true, removal.Edits
		}
		if c.Missing && i > 0 {
			p := r.say("required-by-current-api", c.Path, c.Text)
			if p.Mended = len(c.Edits) > 0; p.Mended {
				p.Edits = removal.Edits
			}
		}
	}
}

func allEdits(changes []upgrade.Change) []objects.Edit {
	var edits []objects.Edit
	for _, c := range changes {
		edits = append(edits, c.Edits...)
	}
	return edits
}

func (r *reading) note(text, fieldPath string) {
	o := r.origin(r.prefix, fieldPath)
	r.notes = append(r.notes, objects.Note{Severity: objects.Info, Origin: o, Text: r.title + ": " + text})
}

// custom keeps an object of a kind that no type is known for.
func (r *reading) custom(gvk schema.GroupVersionKind) {
	meta, ok := r.doc["metadata"].(map[string]any)
	if !ok || text(meta["name"]) == "" && text(meta["generateName"]) == "" {
		r.say("missing-field", "metadata.name", "has no name")
		return
	}
	for _, f := range fit(map[string]any{"metadata": meta}, reflect.TypeFor[justMeta]()) {
		r.fault(f)
	}
	u := &unstructured.Unstructured{Object: r.doc}
	u.SetGroupVersionKind(gvk)
	r.keep(objects.Custom(u, objects.Origin{}))
}

func (r *reading) keep(o *objects.Object) {
	o.Origin = r.origin(r.prefix, "kind")
	if r.prefix == "" && !r.text.Made {
		o.Origin.Line = r.origin("", "apiVersion").Line
		if l := r.origin("", "kind").Line; l < o.Origin.Line {
			o.Origin.Line = l
		}
	}
	o.Given = r.text.Given
	o.Rewritten = r.rewritten || r.prefix != "" || r.text.Made || r.standIns
	prefix, d := r.prefix, r.document
	o.SetLocator(func(fieldPath string) (objects.Origin, bool) { return d.origin(prefix, fieldPath), true })
	r.objects = append(r.objects, o)
}
