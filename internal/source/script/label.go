package script

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// kinds are the names under which kubectl knows what these commands may have created.
var kinds = map[string]string{
	"ns": "Namespace", "namespace": "Namespace", "namespaces": "Namespace", "secret": "Secret", "secrets": "Secret",
	"cm": "ConfigMap", "configmap": "ConfigMap", "configmaps": "ConfigMap", "sa": "ServiceAccount", "serviceaccount": "ServiceAccount",
	"deploy": "Deployment", "deployment": "Deployment", "deployments": "Deployment", "svc": "Service", "service": "Service", "pod": "Pod", "po": "Pod",
}

// label follows kubectl label and annotate. A namespace that was there before becomes an object, for its labels decide
// what runs in it; other objects that these commands did not create are the manifests' business.
func (w *walker) label(k call, verb string, args []string, f *flags) {
	if len(args) == 0 {
		return
	}
	kind, name, ok := strings.Cut(args[0], "/")
	args = args[1:]
	if !ok && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	kind = kinds[kind]
	if kind == "" || !nameOf(kind, name) {
		return
	}
	o := w.find(kind, f.namespace, name)
	if o == nil && kind == "Namespace" {
		w.add(k, namespace(name))
		o = w.result.Objects[len(w.result.Objects)-1]
	}
	if o == nil {
		return
	}
	set := o.Meta().GetLabels()
	if verb == "annotate" {
		set = o.Meta().GetAnnotations()
	}
	if set == nil {
		set = map[string]string{}
	}
	for key, value := range labelsOf(args) {
		set[key] = value
	}
	for _, a := range args {
		if key, ok := strings.CutSuffix(a, "-"); ok && !strings.Contains(a, "=") {
			delete(set, key)
		}
	}
	if verb == "annotate" {
		o.Meta().SetAnnotations(set)
	} else {
		o.Meta().SetLabels(set)
	}
}

func (w *walker) find(kind, space, name string) *objects.Object {
	for _, o := range w.result.Objects {
		if o.Kind() == kind && o.Name() == name && (clusterWide[kind] || o.Namespace() == space) {
			return o
		}
	}
	return nil
}
