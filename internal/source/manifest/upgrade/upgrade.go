package upgrade

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Change is one thing that differs between a document as written and its current version.
type Change struct {
	Text    string         // in one sentence
	Path    string         // the field it is about, in the document as written
	Edits   []objects.Edit // at places of the document as written, File and Doc left to the caller; none: only to be known
	Rule    string         // of audit's catalogue, if what is written is a fault of its own beside the old version
	Missing bool           // the current version requires what the old one let be missing
}

// Upgrade changes a document in place to the current version of its kind and returns what it changed, in order. That
// is nothing for a version that is served, and for a kind that is not known. It is false if the version is not served
// and there is no automatic way to another; the document is then as it was.
func Upgrade(doc map[string]any) ([]Change, bool) {
	from, ok := kindOf(doc)
	if !ok {
		return nil, true
	}
	fate, known := Of(from)
	if !known || fate.Served {
		return nil, true
	}
	steps, ok := conversions[from]
	if !ok || fate.Replacement.Empty() {
		return nil, false
	}
	p := &plan{doc: doc, from: from, to: fate.Replacement}
	p.version(fate)
	p.run(steps)
	return p.finish(), true
}

// ToV2 changes a HorizontalPodAutoscaler of autoscaling/v1, which is served, to autoscaling/v2, which says more. It
// changes no other document.
func ToV2(doc map[string]any) []Change {
	v1 := schema.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "HorizontalPodAutoscaler"}
	if from, _ := kindOf(doc); from != v1 {
		return nil
	}
	p := &plan{doc: doc, from: v1, to: v1.GroupKind().WithVersion("v2")}
	p.say("autoscaling/v2 says the same as autoscaling/v1, and more", p.root().set("apiVersion", "autoscaling/v2"))
	p.run([]step{utilization, annotatedMetrics})
	return p.finish()
}

// Reshape changes, in place, fields of an old version in a document that has the current apiVersion: an Ingress of
// networking.k8s.io/v1 with serviceName, as it is when only the first line of an old manifest was brought up to date.
func Reshape(doc map[string]any) []Change {
	kind, ok := kindOf(doc)
	if !ok {
		return nil
	}
	p := &plan{doc: doc, from: kind, to: kind}
	p.run(shapes[kind])
	return p.finish()
}

// kindOf reads what a document says it is.
func kindOf(doc map[string]any) (schema.GroupVersionKind, bool) {
	version, _ := doc["apiVersion"].(string)
	kind, _ := doc["kind"].(string)
	gv, err := schema.ParseGroupVersion(version)
	if err != nil || version == "" || kind == "" {
		return schema.GroupVersionKind{}, false
	}
	return gv.WithKind(kind), true
}

// version writes the new apiVersion, and the kind if that has a new name too.
func (p *plan) version(fate Fate) {
	was, is := p.from.GroupVersion().String(), p.to.GroupVersion().String()
	why := "is off unless the API server is told to serve it"
	if fate.RemovedIn != "" {
		why = fmt.Sprintf("is no longer served since %s %s", fate.Product, fate.RemovedIn)
	}
	p.say(fmt.Sprintf("%s %s; it is %s now", was, why, is), p.root().set("apiVersion", is))
	if p.from.Kind != p.to.Kind {
		p.say(fmt.Sprintf("%s is called %s now", p.from.Kind, p.to.Kind), p.root().set("kind", p.to.Kind))
	}
}
