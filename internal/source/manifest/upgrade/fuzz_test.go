package upgrade

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// FuzzUpgrade gives documents of any shape to every conversion: none panics, the edits say what was done, and what was
// done once is done.
func FuzzUpgrade(f *testing.F) {
	for i, file := range cases(f) {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(section(a, "before.yaml"), int64(0), uint(0))
		f.Add(section(a, "before.yaml"), int64(i), uint(i))
	}
	kinds := allConversions()
	f.Fuzz(func(t *testing.T, text string, seed int64, which uint) {
		doc := map[string]any{}
		if yaml.Unmarshal([]byte(text), &doc) != nil || len(text) > 1<<16 {
			return
		}
		if seed != 0 {
			spoil(doc, rand.New(rand.NewSource(seed)))
		}
		if which != 0 {
			kind := kinds[which%uint(len(kinds))]
			doc["apiVersion"], doc["kind"] = kind.GroupVersion().String(), kind.Kind
		}
		holds(t, doc)
	})
}

func TestOddShapesAreLeftAlone(t *testing.T) {
	for i, file := range cases(t) {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 30 {
			doc := decode(t, section(a, "before.yaml"))
			version, kind := doc["apiVersion"], doc["kind"]
			spoil(doc, rand.New(rand.NewSource(int64(i*1000+n))))
			if n%2 == 0 {
				doc["apiVersion"], doc["kind"] = version, kind
			}
			holds(t, doc)
		}
	}
}

func holds(t *testing.T, doc map[string]any) {
	t.Helper()
	for i, f := range []func(map[string]any) []Change{
		func(d map[string]any) []Change { changes, _ := Upgrade(d); return changes }, ToV2, Reshape,
	} {
		before, after := normal(t, doc), normal(t, doc)
		changes := f(after)
		if diff := cmp.Diff(normal(t, after), normal(t, applied(before, changes))); diff != "" {
			t.Fatalf("the edits do something else (-document +edits): %s\n%s", diff, print(changes))
		}
		if more := withEdits(Reshape(normal(t, after))); i == 0 && len(changes) > 0 && len(more) > 0 {
			t.Fatalf("the shape is not the current one: %s\nafter %s", print(more), encode(t, after))
		}
		if more := withEdits(f(after)); len(more) > 0 {
			t.Fatalf("a second time it changes more: %s\nafter %s", print(more), encode(t, after))
		}
	}
}

func withEdits(changes []Change) []Change {
	return slices.DeleteFunc(changes, func(c Change) bool { return len(c.Edits) == 0 })
}

func allConversions() []schema.GroupVersionKind {
	var all []schema.GroupVersionKind
	for kind := range conversions {
		all = append(all, kind)
	}
	slices.SortFunc(all, func(a, b schema.GroupVersionKind) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// odd are values where nobody expects them.
var odd = []any{nil, "", "text", 0.0, -1.5, true, []any{}, []any{nil, "x", []any{}}, map[string]any{}, map[string]any{"": nil, "a.b/c[0]": "x"}}

// spoil puts odd values in some places of a document.
func spoil(node any, r *rand.Rand) {
	switch n := node.(type) {
	case map[string]any:
		keys := make([]string, 0, len(n))
		for key := range n {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			if r.Intn(8) == 0 {
				n[key] = plain(odd[r.Intn(len(odd))])
				continue
			}
			spoil(n[key], r)
		}
	case []any:
		for i := range n {
			if r.Intn(8) == 0 {
				n[i] = plain(odd[r.Intn(len(odd))])
				continue
			}
			spoil(n[i], r)
		}
	}
}
