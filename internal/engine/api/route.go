package api

import (
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(r.URL.Path, "/")
	parts := strings.Split(path, "/")
	if serve := s.open[parts[0]]; serve != nil {
		serve(w, r)
		return
	}
	if !s.known(r) {
		s.fail(w, r, apierrors.NewUnauthorized("Unauthorized"))
		return
	}
	switch {
	case path == "":
		s.root(w, r)
	case parts[0] == "api" && len(parts) <= 2, parts[0] == "apis" && len(parts) <= 3:
		s.discover(w, r, parts)
	case parts[0] == "api":
		s.resource(w, r, schema.GroupVersion{Version: parts[1]}, parts[2:])
	case parts[0] == "apis":
		s.resource(w, r, schema.GroupVersion{Group: parts[1], Version: parts[2]}, parts[3:])
	case parts[0] == "openapi":
		s.openAPI(w, r, parts[1:])
	default:
		s.fail(w, r, notServed("the path /%s", path))
	}
}

// resource finds the kind, the object and the verb that a path below a group means.
func (s *Server) resource(w http.ResponseWriter, r *http.Request, gv schema.GroupVersion, parts []string) {
	c := &call{server: s, w: w, r: r, query: r.URL.Query()}
	if parts[0] == "namespaces" && len(parts) > 2 && !namespaceSubresources[parts[2]] {
		c.namespace, parts = parts[1], parts[2:]
	}
	name := parts[0]
	if c.kind = s.resources[gv.WithResource(name)]; c.kind == nil {
		s.fail(w, r, s.unknown(gv, name))
		return
	}
	if c.namespace != "" && !c.kind.Namespaced {
		s.fail(w, r, notServed("%s in a namespace: they belong to none", c.kind.Resource))
		return
	}
	if len(parts) > 1 {
		c.name = parts[1]
	}
	if len(parts) > 2 {
		c.subresource = parts[2]
	}
	serve, err := c.verb(len(parts))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status, obj, err := serve(c)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case status != 0:
		s.write(c, status, obj)
	}
}

var namespaceSubresources = map[string]bool{"status": true, "finalize": true}

// verb finds who serves the method on this path.
func (c *call) verb(depth int) (handler, error) {
	what := c.kind.Resource
	if c.subresource != "" {
		what += "/" + c.subresource
	}
	if c.name != "" && c.namespace == "" && c.kind.Namespaced {
		return nil, notServed("%s without a namespace", what)
	}
	served := false
	for _, e := range endpoints {
		if e.subresource != c.subresource || e.item != (c.name != "") || !e.serves(c.kind) || depth > 3 {
			continue
		}
		served = true
		if e.method == c.r.Method {
			return e.handler, nil
		}
	}
	gr := schema.GroupResource{Group: c.kind.GVK.Group, Resource: what}
	if served {
		return nil, apierrors.NewMethodNotSupported(gr, strings.ToLower(c.r.Method))
	}
	if why := refusedSubresources[c.subresource]; why != "" {
		return nil, notServed("%s: %s", gr, why)
	}
	return nil, notServed("%s", gr)
}

// notServed is the answer to whatever is not part of this API, by name.
func notServed(format string, args ...any) *apierrors.StatusError {
	err := apierrors.NewNotFound(schema.GroupResource{}, "")
	err.ErrStatus.Message = "the engine does not serve " + fmt.Sprintf(format, args...)
	err.ErrStatus.Details = &metav1.StatusDetails{} // clients read it without asking whether it is there
	return err
}

// unknown names a resource that is not served, and the version that is, if there is one.
func (s *Server) unknown(gv schema.GroupVersion, resource string) error {
	gr := schema.GroupResource{Group: gv.Group, Resource: resource}
	for _, k := range store.Kinds {
		if k.GR() == gr {
			return notServed("%s in version %s; it serves %s", gr, gv.Version, k.GVK.GroupVersion())
		}
	}
	err := notServed("%s (%s)", gr, gv)
	err.ErrStatus.Details = &metav1.StatusDetails{Group: gv.Group, Kind: resource}
	return err
}
