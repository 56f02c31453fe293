package objects

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// Object is one typed object of k8s.io/api, with its kind filled in, and where it and its fields were written.
type Object struct {
	runtime.Object
	Origin Origin
	// Given says that something beside the application makes the object: a command of a script, an operator.
	Given bool
	// Rewritten says that the object differs from its text by more than form, because it was brought to a current API
	// version, or made from another file; paths of its fields are then no paths of the text.
	Rewritten bool
	// Placed says that its author gave it no namespace, and the application's was taken.
	Placed bool
	// Piece says that this stands around a piece of an object, so that it can be judged. It is never delivered.
	Piece bool

	fields   map[string]Origin
	locate   func(fieldPath string) (Origin, bool)
	unhashed string // name of a Job before Finish
}

// New wraps a typed object and fills in its apiVersion and kind. It panics for a type client-go does not know: that is
// a mistake of the caller's, not of an input.
func New(obj runtime.Object, origin Origin) *Object {
	kinds, _, err := scheme.Scheme.ObjectKinds(obj)
	if err != nil {
		panic(err)
	}
	obj.GetObjectKind().SetGroupVersionKind(kinds[0])
	return &Object{Object: obj, Origin: origin}
}

// Custom wraps an object of a kind that client-go has no type for, such as one of an operator.
func Custom(obj *unstructured.Unstructured, origin Origin) *Object {
	return &Object{Object: obj, Origin: origin}
}

// GVK is the object's group, version and kind.
func (o *Object) GVK() schema.GroupVersionKind { return o.GetObjectKind().GroupVersionKind() }

// Kind is the object's kind, such as Deployment.
func (o *Object) Kind() string { return o.GVK().Kind }

// Meta gives the object's metadata, to read and to change.
func (o *Object) Meta() metav1.Object { return o.Object.(metav1.Object) }

// Name is the object's name.
func (o *Object) Name() string { return o.Meta().GetName() }

// Namespace is the object's namespace, empty for kinds without one.
func (o *Object) Namespace() string { return o.Meta().GetNamespace() }

// Title is how errors begin: "deployment shop/api".
func (o *Object) Title() string {
	if o.Piece {
		return "piece " + o.Name()
	}
	if ns := o.Namespace(); ns != "" {
		return strings.ToLower(o.Kind()) + " " + ns + "/" + o.Name()
	}
	return strings.ToLower(o.Kind()) + " " + o.Name()
}

// String is "Kind/name", as AfterAnnotation has it.
func (o *Object) String() string { return o.Kind() + "/" + o.Name() }

// SetOrigin remembers where a field was written. The path is as in API errors: spec.template.spec.containers[0].image.
func (o *Object) SetOrigin(fieldPath string, origin Origin) {
	if o.fields == nil {
		o.fields = map[string]Origin{}
	}
	o.fields[fieldPath] = origin
}

// SetLocator gives a function that finds where a field, or the nearest one around it, was written. It is asked for
// those fields that SetOrigin says nothing of, so that a reader need not note the places of all fields beforehand.
func (o *Object) SetLocator(locate func(fieldPath string) (Origin, bool)) { o.locate = locate }

// OriginOf tells where a field was written: its own place, else that of the nearest field around it, else the object's.
func (o *Object) OriginOf(fieldPath string) Origin {
	if o.locate != nil {
		if at, ok := o.locate(fieldPath); ok {
			return at
		}
	}
	for p := fieldPath; p != ""; p = parent(p) {
		if at, ok := o.fields[p]; ok {
			return at
		}
	}
	return o.Origin
}

func parent(path string) string {
	if strings.HasSuffix(path, "]") {
		if i := strings.LastIndexByte(path, '['); i >= 0 {
			return path[:i]
		}
	}
	i := strings.LastIndexAny(path, ".[")
	if i < 0 {
		return ""
	}
	return path[:i]
}

// Annotate sets one annotation of the object.
func (o *Object) Annotate(key, value string) {
	all := o.Meta().GetAnnotations()
	if all == nil {
		all = map[string]string{}
	}
	all[key] = value
	o.Meta().SetAnnotations(all)
}

// After lists what the object waits for, as "Kind/name".
func (o *Object) After() []string {
	v := o.Meta().GetAnnotations()[AfterAnnotation]
	if v == "" {
		return nil
	}
	return strings.Split(v, ",")
}
