package objects

import (
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// Graph is an application as a net: who is called what, which pods carry which labels, who refers to whom. It is built
// once, in time that grows with the number of objects alone, and only read afterwards.
type Graph struct {
	app        *Application
	byName     map[objectKey][]*Object
	byKind     map[string][]*Object
	workloads  []*Workload
	byObject   map[*Object]*Workload
	byLabel    map[labelKey][]*Workload
	byPlace    map[string][]*Workload // of a namespace
	namespaces map[string]map[string]string
	refs       []Reference
	from       map[*Object][]Reference
	to         map[*Object][]Reference
	once       sync.Once // of the references
	memo       sync.Map
}

// Memo keeps what is dear to find out and asked for more than once: the answer for a key, found by the function if
// nobody has asked before. It may be asked by several at once, and what it gives is only read.
func Memo[K comparable, V any](g *Graph, key K, find func() V) V {
	if v, ok := g.memo.Load(key); ok {
		return v.(V)
	}
	v, _ := g.memo.LoadOrStore(key, find())
	return v.(V)
}

type objectKey struct{ kind, namespace, name string }

type labelKey struct{ namespace, key, value string }

// Workload is an object that makes pods, or a Pod, with what is asked of it most.
type Workload struct {
	*Object
	Pod    *corev1.PodSpec
	Path   string            // of Pod: spec.template.spec
	Labels map[string]string // of its pods
}

// NewGraph builds the graph of an application.
func NewGraph(app *Application) *Graph {
	g := &Graph{
		app: app, byName: map[objectKey][]*Object{}, byKind: map[string][]*Object{}, byObject: map[*Object]*Workload{},
		byLabel: map[labelKey][]*Workload{}, byPlace: map[string][]*Workload{}, namespaces: map[string]map[string]string{},
	}
	for _, o := range app.Objects {
		kind := o.Kind()
		key := objectKey{kind, o.Namespace(), o.Name()}
		g.byName[key] = append(g.byName[key], o)
		g.byKind[kind] = append(g.byKind[kind], o)
		if kind == "Namespace" {
			g.addNamespace(o)
		}
		if spec, path := PodSpec(o.Object); spec != nil {
			g.addWorkload(o, spec, path)
		}
	}
	for _, ns := range []string{"default", "kube-system", "kube-public", "kube-node-lease"} { // every cluster has them
		if g.namespaces[ns] == nil {
			g.namespaces[ns] = map[string]string{corev1.LabelMetadataName: ns}
		}
	}
	return g
}

func (g *Graph) addNamespace(o *Object) {
	l := map[string]string{}
	for k, v := range o.Meta().GetLabels() {
		l[k] = v
	}
	l[corev1.LabelMetadataName] = o.Name() // set by the API server: KEP-2161
	g.namespaces[o.Name()] = l
}

func (g *Graph) addWorkload(o *Object, spec *corev1.PodSpec, path string) {
	l, _ := PodLabels(o.Object)
	w := &Workload{Object: o, Pod: spec, Path: path, Labels: l}
	g.workloads = append(g.workloads, w)
	g.byObject[o] = w
	if o.Piece {
		return // nobody knows where it belongs
	}
	ns := o.Namespace()
	g.byPlace[ns] = append(g.byPlace[ns], w)
	for k, v := range l {
		key := labelKey{ns, k, v}
		g.byLabel[key] = append(g.byLabel[key], w)
	}
}

// Application is what the graph was built of.
func (g *Graph) Application() *Application { return g.app }

// Find returns the object of that kind and name, in the namespace or, for kinds that have none, in none; the last if
// it is described more than once, nil if it is not.
func (g *Graph) Find(kind, namespace, name string) *Object {
	for _, ns := range []string{namespace, ""} {
		if list := g.byName[objectKey{kind, ns, name}]; len(list) > 0 {
			return list[len(list)-1]
		}
	}
	return nil
}

// All returns every description of the object of that kind, namespace and name.
func (g *Graph) All(kind, namespace, name string) []*Object {
	return g.byName[objectKey{kind, namespace, name}]
}

// OfKind returns the objects of one kind, whatever their group, in order.
func (g *Graph) OfKind(kind string) []*Object { return g.byKind[kind] }

// Custom returns an object's content if client-go has no type for it, and nil otherwise.
func (o *Object) Custom() map[string]any {
	if u, ok := o.Object.(*unstructured.Unstructured); ok {
		return u.Object
	}
	return nil
}

// Workloads returns everything that makes pods, in order.
func (g *Graph) Workloads() []*Workload { return g.workloads }

// Workload returns an object as a workload, nil if it makes no pods.
func (g *Graph) Workload(o *Object) *Workload { return g.byObject[o] }

// InNamespace returns the workloads of a namespace.
func (g *Graph) InNamespace(namespace string) []*Workload { return g.byPlace[namespace] }

// Select returns the workloads of a namespace whose pods a selector chooses; none if the selector is nil or invalid.
func (g *Graph) Select(namespace string, sel *metav1.LabelSelector) []*Workload {
	s, err := metav1.LabelSelectorAsSelector(sel)
	if err != nil || s.Empty() && sel == nil {
		return nil
	}
	candidates := g.byPlace[namespace]
	for k, v := range sel.MatchLabels { // the rarest label leaves the fewest to ask
		if list := g.byLabel[labelKey{namespace, k, v}]; len(list) < len(candidates) {
			candidates = list
		}
	}
	var found []*Workload
	for _, w := range candidates {
		if s.Matches(labels.Set(w.Labels)) {
			found = append(found, w)
		}
	}
	return found
}

// Namespaces returns the labels of every namespace that is described here or that every cluster has.
func (g *Graph) Namespaces() map[string]map[string]string { return g.namespaces }

// References lists who refers to whom, in the order of the objects.
func (g *Graph) References() []Reference {
	g.once.Do(func() {
		g.refs = g.references()
		g.from, g.to = map[*Object][]Reference{}, map[*Object][]Reference{}
		for _, r := range g.refs {
			g.from[r.From] = append(g.from[r.From], r)
			if r.To != nil {
				g.to[r.To] = append(g.to[r.To], r)
			}
		}
	})
	return g.refs
}

// From lists what an object refers to.
func (g *Graph) From(o *Object) []Reference { g.References(); return g.from[o] }

// To lists who refers to an object.
func (g *Graph) To(o *Object) []Reference { g.References(); return g.to[o] }

// ServicesOf lists the Services that choose a workload's pods.
func (g *Graph) ServicesOf(w *Workload) []*Object {
	var found []*Object
	for _, r := range g.To(w.Object) {
		if r.Selector && r.From.Kind() == "Service" && !slices.Contains(found, r.From) {
			found = append(found, r.From)
		}
	}
	return found
}
