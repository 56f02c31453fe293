package gateway

import (
	"path"
	"sort"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// table says where every request goes. It never changes; the next one replaces it.
type table struct {
	exact    map[string][]*route // by host
	wildcard map[string][]*route // by what follows "*."
	any      []*route            // rules without a host
	fallback *route              // spec.defaultBackend
	pools    map[backendKey]*pool
	replaced chan struct{} // closed when there is a newer table
}

func newTable() *table {
	return &table{
		exact: map[string][]*route{}, wildcard: map[string][]*route{}, pools: map[backendKey]*pool{}, replaced: make(chan struct{}),
	}
}

// backendKey names one port of one Service.
type backendKey struct{ namespace, service, port string }

func (k backendKey) String() string { return k.namespace + "/" + k.service }

// route is one path of one Ingress.
type route struct {
	path    string // without a slash at the end, unless exact
	exact   bool
	backend backendKey
	problem string // why the backend can never answer, "" if it can
	rules   *rules
	order   int // of its Ingress, by age
	source  *networkingv1.Ingress
}

// match finds the route of a request: the exact host before the wildcard before none, the longest path first, an
// exact path before a prefix, the older Ingress first. See
// https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches
func (t *table) match(host, urlPath string) *route {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	p := clean(urlPath)
	if r := first(t.exact[host], p); r != nil {
		return r
	}
	if _, rest, ok := strings.Cut(host, "."); ok { // "*" is one label
		if r := first(t.wildcard[rest], p); r != nil {
			return r
		}
	}
	if r := first(t.any, p); r != nil {
		return r
	}
	return t.fallback
}

func first(routes []*route, p string) *route {
	for _, r := range routes {
		if r.exact && p == r.path || !r.exact && under(p, r.path) {
			return r
		}
	}
	return nil
}

// under tells whether a path lies under a prefix, element by element: /aaa/bbb under /aaa, /aaab not.
func under(p, prefix string) bool {
	return prefix == "" || p == prefix || strings.HasPrefix(p, prefix+"/")
}

// clean resolves "." and "..", so that a path is judged as its pod will read it.
func clean(p string) string {
	if p == "" {
		return "/"
	}
	out := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && out != "/" {
		out += "/"
	}
	return out
}

// add puts a route under its host.
func (t *table) add(host string, r *route) {
	if !r.exact {
		r.path = strings.TrimRight(r.path, "/")
	}
	host = strings.ToLower(host)
	switch {
	case host == "":
		t.any = append(t.any, r)
	case strings.HasPrefix(host, "*."):
		t.wildcard[host[2:]] = append(t.wildcard[host[2:]], r)
	default:
		t.exact[host] = append(t.exact[host], r)
	}
}

// sort puts routes into the order in which they are tried.
func (t *table) sort() {
	order := func(rs []*route) {
		sort.SliceStable(rs, func(i, j int) bool {
			a, b := rs[i], rs[j]
			if len(a.path) != len(b.path) {
				return len(a.path) > len(b.path)
			}
			if a.exact != b.exact {
				return a.exact
			}
			return a.order < b.order
		})
	}
	order(t.any)
	for _, m := range []map[string][]*route{t.exact, t.wildcard} {
		for _, rs := range m {
			order(rs)
		}
	}
}
