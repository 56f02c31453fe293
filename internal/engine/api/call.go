package api

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// call is one request for a resource.
type call struct {
	server      *Server
	w           http.ResponseWriter
	r           *http.Request
	query       url.Values
	kind        *store.Kind
	namespace   string
	name        string
	subresource string
	warned      map[string]bool
}

// handler answers a call with an object and its HTTP status; a status of 0 says that it has written the answer itself.
type handler func(*call) (int, runtime.Object, error)

// maxBody is what kube-apiserver accepts of a request's body.
const maxBody = 3 << 20

func (c *call) key() store.Key { return store.Key{Namespace: c.namespace, Name: c.name} }

func (c *call) get() (store.Object, error) { return c.server.store.Get(c.kind, c.key()) }

func (c *call) body() ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil {
		return nil, apierrors.NewBadRequest("the body of the request could not be read: " + err.Error())
	}
	if len(data) > maxBody {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", maxBody))
	}
	return data, nil
}

// warn adds a Warning header, each text once. See RFC 7234, section 5.5, and KEP-1693.
func (c *call) warn(text string) {
	if c.warned[text] {
		return
	}
	if c.warned == nil {
		c.warned = map[string]bool{}
	}
	c.warned[text] = true
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	clean = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean)
	c.w.Header().Add("Warning", `299 - "`+clean+`"`)
}

// options of a write to the store.
func (c *call) options(dryRun []string) []store.Option {
	opts := []store.Option{store.WithWarnings(c.warn)}
	if len(dryRun) > 0 {
		opts = append(opts, store.DryRun)
	}
	return opts
}

// manager is the name under which managed fields are noted: what the client says, else the name of the program.
func (c *call) manager(given string) string {
	if given != "" {
		return given
	}
	name, _, _ := strings.Cut(c.r.UserAgent(), "/")
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if len(name) > metav1FieldManagerMax {
		name = name[:metav1FieldManagerMax]
	}
	if name == "" {
		return "unknown"
	}
	return name
}

// metav1FieldManagerMax is the longest name of a field manager, in bytes.
const metav1FieldManagerMax = 128

// matchName refuses an object that says another name or namespace than the path.
func (c *call) matchName(obj store.Object) error {
	switch {
	case obj.GetName() == "" && c.name != "":
		obj.SetName(c.name)
	case c.name != "" && obj.GetName() != c.name:
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", obj.GetName(), c.name))
	}
	switch {
	case !c.kind.Namespaced:
		obj.SetNamespace(metav1.NamespaceNone)
	case obj.GetNamespace() == "":
		obj.SetNamespace(c.namespace)
	case obj.GetNamespace() != c.namespace:
		return apierrors.NewBadRequest(fmt.Sprintf("the namespace of the provided object does not match the namespace sent on the request: %s, %s", obj.GetNamespace(), c.namespace))
	}
	return nil
}
