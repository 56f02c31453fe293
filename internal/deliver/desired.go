package deliver

import (
	"encoding/base64"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/objects"
)

// item is an object to deliver and its place in the order.
type item struct {
	source *objects.Object
	ref    Ref
	object *unstructured.Unstructured
	kind   kind
	wave   int
}

// where names the object and the line of the file it comes from.
func (it *item) where() string { return where(it.ref, it.source) }

func where(r Ref, source *objects.Object) string {
	if source == nil || source.Origin.File == "" {
		return r.String()
	}
	return fmt.Sprintf("%s (%s:%d)", r, source.Origin.File, source.Origin.Line)
}

// desire brings an object into the form that is applied: no status, no empty bookkeeping, and Secrets by their data,
// because stringData cannot be compared with what is there.
func desire(o *objects.Object) (*item, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Origin, err)
	}
	u := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(u.Object, "status")
	dropNulls(u.Object)
	if u.GetKind() == "Secret" {
		encodeSecret(u)
	}
	return &item{source: o, ref: refOf(u), object: u}, nil
}

func encodeSecret(u *unstructured.Unstructured) {
	texts, found, _ := unstructured.NestedStringMap(u.Object, "stringData")
	if !found {
		return
	}
	data, _, _ := unstructured.NestedStringMap(u.Object, "data")
	if data == nil {
		data = map[string]string{}
	}
	for k, v := range texts {
		data[k] = base64.StdEncoding.EncodeToString([]byte(v))
	}
	_ = unstructured.SetNestedStringMap(u.Object, data, "data")
	unstructured.RemoveNestedField(u.Object, "stringData")
}

// dropNulls removes nulls such as creationTimestamp, and the empty status of a claim's template: what is applied is
// owned.
func dropNulls(m map[string]any) {
	for k, v := range m {
		switch v := v.(type) {
		case nil:
			delete(m, k)
		case map[string]any:
			if dropNulls(v); k == "status" && len(v) == 0 {
				delete(m, k)
			}
		case []any:
			for _, e := range v {
				if em, ok := e.(map[string]any); ok {
					dropNulls(em)
				}
			}
		}
	}
}
