package deliver

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Ref names one object.
type Ref struct {
	schema.GroupVersionKind
	Namespace string // empty for what has no namespace
	Name      string
}

// String is how errors and progress name the object: "deployment shop/api".
func (r Ref) String() string {
	if r.Namespace == "" {
		return strings.ToLower(r.Kind) + " " + r.Name
	}
	return strings.ToLower(r.Kind) + " " + r.Namespace + "/" + r.Name
}

// short is how slipway.dev/after names an object of the same namespace.
func (r Ref) short() string { return r.Kind + "/" + r.Name }

// key is the identity of the object, the same for all versions of its kind.
func (r Ref) key() Ref { r.Version = ""; return r }

func refOf(u *unstructured.Unstructured) Ref {
	return Ref{u.GroupVersionKind(), u.GetNamespace(), u.GetName()}
}
