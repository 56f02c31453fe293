package api

import (
	"net/http"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// endpoint is one verb on one sort of path. Discovery and routing both read the table below.
type endpoint struct {
	subresource string
	item        bool // on one object, not on the collection
	method      string
	verb        string // as discovery names it; empty if a verb before says it
	serves      func(*store.Kind) bool
	handler     handler
	body        string // what a subresource takes: the kind, if it is not that of the object
}

func every(*store.Kind) bool        { return true }
func withStatus(k *store.Kind) bool { return k.HasStatus() }
func withScale(k *store.Kind) bool  { return k.Scale }
func only(names ...string) func(*store.Kind) bool {
	return func(k *store.Kind) bool {
		for _, n := range names {
			if k.Resource == n {
				return true
			}
		}
		return false
	}
}

var endpoints []endpoint

func init() {
	pods := only("pods")
	endpoints = []endpoint{
		{"", false, http.MethodGet, "list", every, (*call).listOrWatch, ""},
		{"", false, http.MethodPost, "create", every, (*call).create, ""},
		{"", false, http.MethodDelete, "deletecollection", every, (*call).deleteCollection, ""},
		{"", true, http.MethodGet, "get", every, (*call).read, ""},
		{"", true, http.MethodPut, "update", every, (*call).replace, ""},
		{"", true, http.MethodPatch, "patch", every, (*call).patch, ""},
		{"", true, http.MethodDelete, "delete", every, (*call).remove, ""},
		{"status", true, http.MethodGet, "get", withStatus, (*call).read, ""},
		{"status", true, http.MethodPut, "update", withStatus, (*call).replace, ""},
		{"status", true, http.MethodPatch, "patch", withStatus, (*call).patch, ""},
		{"scale", true, http.MethodGet, "get", withScale, (*call).readScale, "autoscaling/v1/Scale"},
		{"scale", true, http.MethodPut, "update", withScale, (*call).replaceScale, "autoscaling/v1/Scale"},
		{"scale", true, http.MethodPatch, "patch", withScale, (*call).patchScale, "autoscaling/v1/Scale"},
		{"finalize", true, http.MethodPut, "update", only("namespaces"), (*call).finalize, ""},
		{"binding", true, http.MethodPost, "create", pods, (*call).bind, "/v1/Binding"},
		{"eviction", true, http.MethodPost, "create", pods, (*call).evict, "policy/v1/Eviction"},
		{"log", true, http.MethodGet, "get", pods, (*call).logs, ""},
		{"exec", true, http.MethodGet, "get", pods, (*call).exec, "/v1/PodExecOptions"},
		{"exec", true, http.MethodPost, "create", pods, (*call).exec, "/v1/PodExecOptions"},
		{"portforward", true, http.MethodGet, "get", pods, (*call).portForward, "/v1/PodPortForwardOptions"},
		{"portforward", true, http.MethodPost, "create", pods, (*call).portForward, "/v1/PodPortForwardOptions"},
	}
}

// refusedSubresources are those of Kubernetes that the engine leaves out, each with what to do instead.
var refusedSubresources = map[string]string{
	"attach":              `use "logs -f" to read the output of a container, or "exec" to run a command in it`,
	"proxy":               `use "port-forward", or the gateway`,
	"ephemeralcontainers": `use "exec" to look into a running container`,
	"resize":              "change the resources in the template of the pod's owner",
	"token":               "the engine hands out no service account tokens",
}
