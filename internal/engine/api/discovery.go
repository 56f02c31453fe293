package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/munnerz/goautoneg"
	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// discover answers /api, /api/v1, /apis, /apis/GROUP and /apis/GROUP/VERSION. Everything is made anew each time from
// the table of kinds and that of endpoints: clients keep it for hours.
func (s *Server) discover(w http.ResponseWriter, r *http.Request, parts []string) {
	legacy := parts[0] == "api"
	if len(parts) == 1 && wantsAggregated(r) {
		s.aggregated(w, r, legacy)
		return
	}
	var out runtime.Object
	gv := schema.GroupVersion{}
	switch {
	case legacy && len(parts) == 1:
		out = &metav1.APIVersions{
			TypeMeta:                   metav1.TypeMeta{Kind: "APIVersions"},
			Versions:                   []string{"v1"},
			ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: r.Host}},
		}
	case len(parts) == 1:
		list := &metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
		for _, gv := range groups() {
			if gv.Group != "" {
				list.Groups = append(list.Groups, group(gv))
			}
		}
		out = list
	case legacy:
		gv.Version = parts[1]
	case len(parts) == 3:
		gv = schema.GroupVersion{Group: parts[1], Version: parts[2]}
	default:
		for _, known := range groups() {
			if known.Group == parts[1] && known.Group != "" {
				g := group(known)
				g.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
				out = &g
			}
		}
	}
	if out == nil && slices.Contains(groups(), gv) {
		out = resourceList(gv)
	}
	if out == nil {
		s.fail(w, r, notServed("the group %s", strings.Join(parts[1:], "/")))
		return
	}
	m, err := s.accepted(r, false)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.encode(w, r, m, http.StatusOK, out)
}

// groups are the group versions that are served, in the order of the table of kinds.
func groups() []schema.GroupVersion {
	var out []schema.GroupVersion
	for _, k := range store.Kinds {
		if gv := k.GVK.GroupVersion(); !slices.Contains(out, gv) {
			out = append(out, gv)
		}
	}
	return out
}

func group(gv schema.GroupVersion) metav1.APIGroup {
	v := metav1.GroupVersionForDiscovery{GroupVersion: gv.String(), Version: gv.Version}
	return metav1.APIGroup{Name: gv.Group, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v}
}

func resourceList(gv schema.GroupVersion) *metav1.APIResourceList {
	list := &metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv.String()}
	for _, k := range store.Kinds {
		if k.GVK.GroupVersion() != gv {
			continue
		}
		for _, sub := range subresources(k) {
			res := metav1.APIResource{Name: k.Resource, Namespaced: k.Namespaced, Kind: k.GVK.Kind, Verbs: verbs(k, sub)}
			if sub == "" {
				res.SingularName, res.ShortNames, res.Categories = k.Singular, k.ShortNames, k.Categories
			} else {
				gvk := takes(k, sub)
				res.Name, res.Kind = k.Resource+"/"+sub, gvk.Kind
				if gvk != k.GVK {
					res.Group, res.Version = gvk.Group, gvk.Version
				}
			}
			list.APIResources = append(list.APIResources, res)
		}
	}
	return list
}

// subresources are those of a kind, the object itself ("") first.
func subresources(k *store.Kind) []string {
	var out []string
	for _, e := range endpoints {
		if e.serves(k) && !slices.Contains(out, e.subresource) {
			out = append(out, e.subresource)
		}
	}
	return out
}

func verbs(k *store.Kind, subresource string) []string {
	var out []string
	for _, e := range endpoints {
		if e.subresource == subresource && e.serves(k) {
			out = append(out, e.verb)
			if e.verb == "list" {
				out = append(out, "watch")
			}
		}
	}
	slices.Sort(out)
	return out
}

// takes is the kind that a subresource takes and gives.
func takes(k *store.Kind, subresource string) schema.GroupVersionKind {
	for _, e := range endpoints {
		if e.subresource == subresource && e.body != "" {
			i := strings.LastIndex(e.body, "/")
			gv, _ := schema.ParseGroupVersion(strings.TrimPrefix(e.body[:i], "/"))
			return gv.WithKind(e.body[i+1:])
		}
	}
	return k.GVK
}

// wantsAggregated tells whether the client wants all groups in one answer (KEP-3352).
func wantsAggregated(r *http.Request) bool {
	for _, clause := range goautoneg.ParseAccept(r.Header.Get("Accept")) {
		if clause.Params["as"] == "APIGroupDiscoveryList" {
			if clause.Params["g"] == apidiscoveryv2.GroupName && clause.Params["v"] == "v2" && clause.SubType == "json" {
				return true
			}
			continue // an older version of the same, or protobuf: a later clause may fit
		}
		return false
	}
	return false
}

func (s *Server) aggregated(w http.ResponseWriter, r *http.Request, legacy bool) {
	list := &apidiscoveryv2.APIGroupDiscoveryList{Items: []apidiscoveryv2.APIGroupDiscovery{}}
	list.SetGroupVersionKind(apidiscoveryv2.SchemeGroupVersion.WithKind("APIGroupDiscoveryList"))
	for _, gv := range groups() {
		if legacy != (gv.Group == "") {
			continue
		}
		version := apidiscoveryv2.APIVersionDiscovery{Version: gv.Version, Freshness: apidiscoveryv2.DiscoveryFreshnessCurrent}
		for _, k := range store.Kinds {
			if k.GVK.GroupVersion() == gv {
				version.Resources = append(version.Resources, discovered(k))
			}
		}
		item := apidiscoveryv2.APIGroupDiscovery{Versions: []apidiscoveryv2.APIVersionDiscovery{version}}
		item.Name = gv.Group
		list.Items = append(list.Items, item)
	}
	m := media{SerializerInfo: s.codec.media[0]}
	m.MediaType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
	w.Header().Set("Vary", "Accept")
	s.encode(w, r, m, http.StatusOK, list)
}

func discovered(k *store.Kind) apidiscoveryv2.APIResourceDiscovery {
	scope := apidiscoveryv2.ScopeCluster
	if k.Namespaced {
		scope = apidiscoveryv2.ScopeNamespace
	}
	out := apidiscoveryv2.APIResourceDiscovery{
		Resource:         k.Resource,
		ResponseKind:     asMeta(k.GVK),
		Scope:            scope,
		SingularResource: k.Singular,
		Verbs:            verbs(k, ""),
		ShortNames:       k.ShortNames,
		Categories:       k.Categories,
	}
	for _, sub := range subresources(k)[1:] {
		out.Subresources = append(out.Subresources, apidiscoveryv2.APISubresourceDiscovery{Subresource: sub, ResponseKind: asMeta(takes(k, sub)), Verbs: verbs(k, sub)})
	}
	return out
}

func asMeta(gvk schema.GroupVersionKind) *metav1.GroupVersionKind {
	return &metav1.GroupVersionKind{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}
}
