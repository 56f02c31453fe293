package reading

import (
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
	"github.com/slipway-sh/slipway/internal/objects/validate"
	"github.com/slipway-sh/slipway/internal/objects/validate/definition"
)

// invalid says of each object what an API server would say of it, apart from what a reader has said already.
func invalid(p *rule.Pass) {
	said := map[string][]string{}
	for _, pr := range p.Application().Problems {
		if pr.Object != "" && pr.Field != "" {
			said[pr.Object] = append(said[pr.Object], pr.Field)
		}
	}
	for _, o := range p.Application().Objects {
		if o.Given || o.Piece {
			continue
		}
		for _, e := range judge(o) {
			if !told(said[o.Title()], e.Field) {
				p.Report(o, e.Field, "%s", sentence(e))
			}
		}
	}
}

// judge is what an API server says of one object.
func judge(o *objects.Object) field.ErrorList {
	if content := o.Custom(); content != nil {
		if o.GVK() != apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition") {
			return nil
		}
		d := &apiextensionsv1.CustomResourceDefinition{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, d); err != nil {
			return nil // a reader has said what does not fit
		}
		born(d)
		definition.Set(d)
		return definition.Create(d)
	}
	obj := o.DeepCopyObject()
	born(obj)
	return validate.Create(obj)
}

// told says that a reader found fault with the field, or with what is around or inside it: the rest follows from that.
func told(fields []string, path string) bool {
	for _, f := range fields {
		if f == path || within(f, path) || within(path, f) {
			return true
		}
	}
	return false
}

func within(inner, outer string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && (outer == "" || strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
}

const longest = 300

// sentence is the error without the JSON of whole objects that a server puts into it.
func sentence(e *field.Error) string {
	text, _, _ := strings.Cut(e.ErrorBody(), "\n")
	if i, j := strings.Index(text, ": {"), strings.LastIndex(text, "}: "); i > 0 && j > i {
		text = text[:i] + ": " + text[j+len("}: "):]
	}
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return e.Field + ": " + text
}

// immutable says what an API server would say of the change from what runs today.
func immutable(p *rule.Pass) {
	before := map[string]*objects.Object{}
	for _, o := range p.Application().Before {
		before[o.Title()] = o
	}
	if len(before) == 0 {
		return
	}
	for _, o := range p.Application().Objects {
		was := before[o.Title()]
		if was == nil || o.Custom() != nil || was.Custom() != nil || was.GVK() != o.GVK() {
			continue
		}
		obj, old := o.DeepCopyObject(), was.DeepCopyObject()
		born(old)
		bare := o.DeepCopyObject()
		born(bare)
		alone := map[string]bool{}
		for _, e := range validate.Create(bare) {
			alone[e.Field+e.Detail] = true
		}
		defaults.Update(obj, old)
		keep(obj, old)
		for _, e := range validate.Update(obj, old) {
			if !alone[e.Field+e.Detail] {
				p.Report(o, e.Field, "%s", sentence(e)).Advise("it is " + was.Origin.String() + " that runs today; give the object another name, or plan its deletion")
			}
		}
	}
}
