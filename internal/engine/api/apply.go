package api

import (
	"errors"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// apply is server-side apply: it makes the object have the fields given and no others of this manager, and creates
// it if it is not there. See https://kubernetes.io/docs/reference/using-api/server-side-apply/
func (c *call) apply(p *patchRequest) (int, runtime.Object, error) {
	for i := 0; ; i++ {
		wanted, err := c.wanted(p)
		if err != nil {
			return 0, nil, err
		}
		status, out, err := c.applied(p, wanted)
		again := apierrors.IsConflict(err) && wanted.GetResourceVersion() == "" && !isFieldConflict(err) || apierrors.IsAlreadyExists(err)
		if again && i < attempts {
			continue
		}
		return status, out, err
	}
}

// wanted is the object in the body of an apply, with only the fields that are set.
func (c *call) wanted(p *patchRequest) (*unstructured.Unstructured, error) {
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(p.data, &u.Object); err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
	}
	if u.Object == nil {
		return nil, apierrors.NewBadRequest("error decoding YAML: the body is empty")
	}
	if gvk := u.GroupVersionKind(); gvk != c.kind.GVK {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("incorrect version or kind specified in apply patch: %s, expected: %s", gvk, c.kind.GVK))
	}
	if p.options.FieldValidation != metav1.FieldValidationIgnore {
		if err := sigsyaml.UnmarshalStrict(p.data, &map[string]any{}); err != nil {
			refuse := func(err error) error {
				return apierrors.NewBadRequest(fmt.Sprintf("error strict decoding YAML: %v", err))
			}
			if err := c.strict([]error{err}, p.options.FieldValidation, refuse); err != nil {
				return nil, err
			}
		}
	}
	return u, nil
}

func (c *call) applied(p *patchRequest, wanted *unstructured.Unstructured) (int, runtime.Object, error) {
	live, err := c.get()
	creating := apierrors.IsNotFound(err)
	switch {
	case creating && c.subresource != "":
		return 0, nil, err
	case creating && wanted.GetResourceVersion() != "":
		return 0, nil, apierrors.NewConflict(c.kind.GR(), c.name, fmt.Errorf("resourceVersion is given, but the object does not exist"))
	case creating && wanted.GetUID() != "":
		return 0, nil, apierrors.NewConflict(c.kind.GR(), c.name, fmt.Errorf("uid mismatch: the provided object specified uid %s, and no existing object was found", wanted.GetUID()))
	case creating:
		live = c.kind.New()
		live.GetObjectKind().SetGroupVersionKind(c.kind.GVK)
	case err != nil:
		return 0, nil, err
	}
	fields, err := c.server.managers.of(c.kind, c.subresource)
	if err != nil {
		return 0, nil, err
	}
	force := p.options.Force != nil && *p.options.Force
	merged, err := fields.Apply(live.DeepCopyObject(), wanted, p.options.FieldManager, force)
	if err != nil {
		return 0, nil, c.explain(err)
	}
	next, err := c.typed(merged)
	if err != nil {
		return 0, nil, err
	}
	if err := c.matchName(next); err != nil {
		return 0, nil, err
	}
	if creating {
		next.SetResourceVersion("")
		out, err := c.server.store.Create(next, c.options(p.options.DryRun)...)
		return http.StatusCreated, out, err
	}
	noted := next.GetManagedFields()
	c.keepOthers(live.DeepCopyObject().(store.Object), next)
	next.SetManagedFields(noted)
	if wanted.GetResourceVersion() == "" {
		next.SetResourceVersion(live.GetResourceVersion())
	}
	out, err := c.put(next, p.options.DryRun)
	return http.StatusOK, out, err
}

// typed is the object that an apply made, in the type the store keeps.
func (c *call) typed(obj runtime.Object) (store.Object, error) {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		out := c.kind.New()
		err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, out)
		return out, err
	}
	return obj.(store.Object), nil
}

// explain turns an error of the field manager into one for the client.
func (c *call) explain(err error) error {
	if status := apierrors.APIStatus(nil); errors.As(err, &status) {
		return err
	}
	// What is left is a body that does not fit the schema: an unknown field, a wrong type, a duplicate entry.
	return apierrors.NewBadRequest(err.Error())
}

// isFieldConflict tells a field owned by another manager from a resource version that is not the newest.
func isFieldConflict(err error) bool {
	return apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict)
}
