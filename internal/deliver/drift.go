package deliver

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// bookkeeping is the metadata that the API keeps for itself.
var bookkeeping = []string{"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}

// substance is the part of an object that a person decides on.
func substance(u *unstructured.Unstructured) map[string]any {
	c := u.DeepCopy().Object
	delete(c, "status")
	if m, ok := c["metadata"].(map[string]any); ok {
		for _, k := range bookkeeping {
			delete(m, k)
		}
	}
	return c
}

// drift lists where two versions of an object differ, one line per field, sorted; empty when they are the same.
// Values of Secrets are never shown.
func drift(was, is *unstructured.Unstructured) []string {
	d := &differ{secret: is.GetKind() == "Secret"}
	d.walk("", substance(was), substance(is))
	sort.Strings(d.lines)
	return d.lines
}

type differ struct {
	secret bool
	lines  []string
}

func (d *differ) walk(path string, was, is any) {
	if reflect.DeepEqual(was, is) {
		return
	}
	a, aMap := was.(map[string]any)
	b, bMap := is.(map[string]any)
	if aMap && bMap {
		for k := range union(a, b) {
			d.walk(join(path, k), a[k], b[k])
		}
		return
	}
	x, xList := was.([]any)
	y, yList := is.([]any)
	if xList && yList && len(x) == len(y) {
		for i := range x {
			d.walk(path+"["+strconv.Itoa(i)+"]", x[i], y[i])
		}
		return
	}
	d.lines = append(d.lines, path+": "+d.show(path, was)+" → "+d.show(path, is))
}

func (d *differ) show(path string, v any) string {
	switch {
	case v == nil:
		return "none"
	case d.secret && strings.HasPrefix(path, "data"):
		return "(secret)"
	}
	s := fmt.Sprintf("%v", v)
	if str, ok := v.(string); ok {
		s = strconv.Quote(str)
	}
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}

func join(path, key string) string {
	if strings.ContainsAny(key, "./") {
		key = "[" + key + "]"
	} else if path != "" {
		key = "." + key
	}
	return path + key
}

func union(a, b map[string]any) map[string]bool {
	keys := make(map[string]bool, len(a)+len(b))
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}
