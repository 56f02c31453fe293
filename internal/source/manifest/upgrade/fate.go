package upgrade

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes/scheme"
)

// Current is the Kubernetes release that the tables speak of, that of the k8s.io/api library.
const Current = "1.37"

const currentMinor = 37

const guide = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"

// Fate is what became of a kind in one version of its API.
type Fate struct {
	Product      string                  // whose API it is: "Kubernetes", "Traefik"
	Served       bool                    // by a current release, as it comes
	DeprecatedIn string                  // release of the product, "1.14"; empty: not
	RemovedIn    string                  // first release without it; empty: not
	Replacement  schema.GroupVersionKind // empty: none
	Note         string                  // what to use where there is no replacement, or what else to know
	Source       string                  // where that is said
}

// Of tells the fate of a kind in a version. It is false for what neither Kubernetes nor a product of the tables ever
// had; FamilyOf may still know whose group it is.
func Of(kind schema.GroupVersionKind) (Fate, bool) {
	if f, ok := departed[kind]; ok {
		return f, true
	}
	if f, ok := aggregated[kind]; ok {
		return f, true
	}
	if f, ok := ofLibrary(kind); ok {
		return f, true
	}
	f, ok := foreign[kind]
	return f, ok
}

// Homes lists the versions in which a kind of that name is served by Kubernetes or a product of the tables, best first:
// what a person may have meant who wrote a kind under another group.
func Homes(kind string) []schema.GroupVersionKind {
	var homes, others []schema.GroupVersionKind
	rank := map[string]int{} // of groups, as the library has them
	for i, gv := range scheme.Scheme.PrioritizedVersionsAllGroups() {
		if f, ok := ofLibrary(gv.WithKind(kind)); ok && f.Served {
			homes = append(homes, gv.WithKind(kind))
			if _, seen := rank[gv.Group]; !seen {
				rank[gv.Group] = i
			}
		}
	}
	for _, table := range []map[schema.GroupVersionKind]Fate{aggregated, foreign} {
		for gvk, f := range table {
			if gvk.Kind == kind && f.Served && f.Replacement.Empty() {
				others = append(others, gvk)
			}
		}
	}
	slices.SortFunc(homes, func(a, b schema.GroupVersionKind) int {
		return cmp.Or(rank[a.Group]-rank[b.Group], version.CompareKubeAwareVersionStrings(b.Version, a.Version))
	})
	slices.SortFunc(others, func(a, b schema.GroupVersionKind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), version.CompareKubeAwareVersionStrings(b.Version, a.Version))
	})
	return append(homes, others...)
}

// The lifecycle that k8s.io/api generates for its types.
type (
	deprecated interface{ APILifecycleDeprecated() (major, minor int) }
	removed    interface{ APILifecycleRemoved() (major, minor int) }
	replaced   interface {
		APILifecycleReplacement() schema.GroupVersionKind
	}
)

// ofLibrary reads the fate of a kind from the type that k8s.io/api has for it.
func ofLibrary(kind schema.GroupVersionKind) (Fate, bool) {
	type answer struct {
		fate Fate
		ok   bool
	}
	if a, ok := asked.Load(kind); ok {
		return a.(answer).fate, a.(answer).ok
	}
	if !scheme.Scheme.Recognizes(kind) {
		return Fate{}, false // not kept: any input can name any number of kinds
	}
	fate, ok := lookUp(kind)
	asked.Store(kind, answer{fate, ok})
	return fate, ok
}

// asked are the kinds of the library whose fate was looked up.
var asked sync.Map

func lookUp(kind schema.GroupVersionKind) (Fate, bool) {
	known, ok := scheme.Scheme.AllKnownTypes()[kind]
	if !ok || !strings.HasPrefix(known.PkgPath(), "k8s.io/api/") && kind.Kind != "List" || strings.HasSuffix(kind.Kind, "Options") {
		return Fate{}, false // what every group has for the protocol itself
	}
	f := Fate{Product: "Kubernetes", Source: guide}
	obj := reflect.New(known).Interface()
	gone := false
	if d, ok := obj.(deprecated); ok {
		if _, minor := d.APILifecycleDeprecated(); minor <= currentMinor {
			f.DeprecatedIn = fmt.Sprintf("1.%d", minor)
		}
	}
	if r, ok := obj.(removed); ok {
		if _, minor := r.APILifecycleRemoved(); minor <= currentMinor {
			f.RemovedIn, gone = fmt.Sprintf("1.%d", minor), true
		}
	}
	f.Replacement = successor(kind, obj)
	f.Served = !gone && stable(kind.Version)
	switch {
	case kind.Kind == "Endpoints":
		f.Note = "discovery.k8s.io/v1 EndpointSlice, which Kubernetes writes itself for a Service with a selector"
	case kind.Kind == "ComponentStatus":
		f.Note = "the health endpoints of the components, /livez and /readyz"
	case kind.Kind == "DeploymentRollback":
		f.Note = "kubectl rollout undo"
	case !gone && !f.Served:
		f.Note = fmt.Sprintf("off unless the API server runs with --runtime-config=%s=true", kind.GroupVersion())
	}
	return f, true
}

// stable tells a version that every API server serves: alpha and new beta versions are off by default since 1.24.
func stable(v string) bool { return !strings.Contains(v, "alpha") && !strings.Contains(v, "beta") }

// successor is the best version of the same kind, in its own group or in that it moved to.
func successor(kind schema.GroupVersionKind, obj any) schema.GroupVersionKind {
	group := kind.GroupKind()
	if r, ok := obj.(replaced); ok {
		to := r.APILifecycleReplacement()
		to.Kind = kind.Kind // the library names a list for one of them
		if scheme.Scheme.Recognizes(to) {
			group = to.GroupKind()
		}
	}
	best := kind
	for _, gv := range scheme.Scheme.VersionsForGroupKind(group) {
		if group != kind.GroupKind() && best == kind || version.CompareKubeAwareVersionStrings(gv.Version, best.Version) > 0 {
			best = gv.WithKind(group.Kind)
		}
	}
	if best == kind || group == kind.GroupKind() && stable(kind.Version) {
		return schema.GroupVersionKind{}
	}
	return best
}
