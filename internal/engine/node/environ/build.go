package environ

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/node/downward"
)

// Vars is a container's environment.
type Vars map[string]string

// Lookup is for Expand.
func (v Vars) Lookup(name string) (string, bool) { s, ok := v[name]; return s, ok }

// List is the environment as a process gets it, over that of the image, sorted by name.
func (v Vars) List(image []string) []string {
	all := map[string]string{}
	for _, kv := range image {
		k, val, _ := strings.Cut(kv, "=")
		all[k] = val
	}
	maps.Copy(all, v)
	out := make([]string, 0, len(all))
	for _, k := range slices.Sorted(maps.Keys(all)) {
		out = append(out, k+"="+all[k])
	}
	return out
}

// Build makes the environment of a container. The pod's status holds its addresses; machine is what the node has,
// for limits that are not set.
func Build(s *store.Store, pod *corev1.Pod, c *corev1.Container, machine corev1.ResourceList) (Vars, error) {
	out := Vars{}
	for _, from := range c.EnvFrom {
		if err := addAll(s, pod, from, out); err != nil {
			return nil, err
		}
	}
	links := services(s, pod)
	known := func(name string) (string, bool) {
		if v, ok := out[name]; ok {
			return v, true
		}
		v, ok := links[name]
		return v, ok
	}
	for _, e := range c.Env {
		if e.ValueFrom == nil {
			out[e.Name] = Expand(e.Value, known)
			continue
		}
		v, ok, err := value(s, pod, c, e.ValueFrom, machine)
		if err != nil {
			return nil, err
		}
		if ok {
			out[e.Name] = v
		}
	}
	for k, v := range links {
		if _, ok := out[k]; !ok {
			out[k] = v
		}
	}
	return out, nil
}

func addAll(s *store.Store, pod *corev1.Pod, from corev1.EnvFromSource, out Vars) error {
	switch {
	case from.ConfigMapRef != nil:
		cm, err := store.Get[*corev1.ConfigMap](s, pod.Namespace, from.ConfigMapRef.Name)
		if apierrors.IsNotFound(err) && optional(from.ConfigMapRef.Optional) {
			return nil
		} else if err != nil {
			return missing(err, "configmap", from.ConfigMapRef.Name)
		}
		for k, v := range cm.Data {
			out[from.Prefix+k] = v
		}
	case from.SecretRef != nil:
		secret, err := store.Get[*corev1.Secret](s, pod.Namespace, from.SecretRef.Name)
		if apierrors.IsNotFound(err) && optional(from.SecretRef.Optional) {
			return nil
		} else if err != nil {
			return missing(err, "secret", from.SecretRef.Name)
		}
		for k, v := range secret.Data {
			out[from.Prefix+k] = string(v)
		}
	}
	return nil
}

func value(s *store.Store, pod *corev1.Pod, c *corev1.Container, from *corev1.EnvVarSource, machine corev1.ResourceList) (string, bool, error) {
	switch {
	case from.FieldRef != nil:
		v, err := downward.Field(pod, from.FieldRef.FieldPath)
		return v, true, err
	case from.ResourceFieldRef != nil:
		v, err := downward.Resource(pod, c, from.ResourceFieldRef, machine)
		return v, true, err
	case from.ConfigMapKeyRef != nil:
		r := from.ConfigMapKeyRef
		cm, err := store.Get[*corev1.ConfigMap](s, pod.Namespace, r.Name)
		if err != nil {
			if apierrors.IsNotFound(err) && optional(r.Optional) {
				return "", false, nil
			}
			return "", false, missing(err, "configmap", r.Name)
		}
		v, ok := cm.Data[r.Key]
		if !ok && !optional(r.Optional) {
			return "", false, fmt.Errorf("couldn't find key %v in ConfigMap %v/%v", r.Key, pod.Namespace, r.Name)
		}
		return v, ok, nil
	case from.SecretKeyRef != nil:
		r := from.SecretKeyRef
		secret, err := store.Get[*corev1.Secret](s, pod.Namespace, r.Name)
		if err != nil {
			if apierrors.IsNotFound(err) && optional(r.Optional) {
				return "", false, nil
			}
			return "", false, missing(err, "secret", r.Name)
		}
		v, ok := secret.Data[r.Key]
		if !ok && !optional(r.Optional) {
			return "", false, fmt.Errorf("couldn't find key %v in Secret %v/%v", r.Key, pod.Namespace, r.Name)
		}
		return string(v), ok, nil
	}
	return "", false, nil
}

func missing(err error, kind, name string) error {
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("%s %q not found", kind, name)
	}
	return err
}

func optional(b *bool) bool { return b != nil && *b }
