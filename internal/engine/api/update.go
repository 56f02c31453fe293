package api

import (
	"net/http"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

// attempts is how often a change without a resource version is made again on the newest state.
const attempts = 10

func (c *call) updateOptions() (*metav1.UpdateOptions, error) {
	o := &metav1.UpdateOptions{}
	if err := metav1.Convert_url_Values_To_v1_UpdateOptions(&c.query, o, nil); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return o, invalidOptions("UpdateOptions", validation.ValidateUpdateOptions(o))
}

// replace answers update, of an object or of its status.
func (c *call) replace() (int, runtime.Object, error) {
	o, err := c.updateOptions()
	if err != nil {
		return 0, nil, err
	}
	obj, err := c.given(o.FieldValidation)
	if err != nil {
		return 0, nil, err
	}
	out, err := c.change(o.DryRun, func(live store.Object) (store.Object, error) {
		next := obj.DeepCopyObject().(store.Object)
		return c.noted(live, next, c.manager(o.FieldManager))
	})
	return http.StatusOK, out, err
}

// given decodes the object in the body of an update.
func (c *call) given(fieldValidation string) (store.Object, error) {
	data, err := c.body()
	if err != nil {
		return nil, err
	}
	obj := c.kind.New()
	if err := c.decode(data, obj, c.kind.GVK, fieldValidation); err != nil {
		return nil, err
	}
	return obj, c.matchName(obj)
}

// noted fills in defaults, leaves to the subresource what is its own, and notes the managed fields.
func (c *call) noted(live, next store.Object, manager string) (store.Object, error) {
	c.keepOthers(live, next)
	if c.subresource == "" {
		defaults.Update(next, live)
	}
	return c.server.note(c.kind, c.subresource, live, next, manager)
}

// keepOthers undoes in next what this subresource may not change, so that it is not noted as the manager's.
func (c *call) keepOthers(live, next store.Object) {
	switch {
	case c.subresource == "status":
		kept := live.DeepCopyObject().(store.Object)
		store.CopyStatus(kept, next)
		kept.SetResourceVersion(next.GetResourceVersion())
		kept.SetUID(next.GetUID())
		assign(next, kept)
	case c.kind.HasStatus():
		store.CopyStatus(next, live)
	}
	if next.GetUID() == "" {
		next.SetUID(live.GetUID())
	}
	next.SetCreationTimestamp(live.GetCreationTimestamp())
	next.SetDeletionTimestamp(live.GetDeletionTimestamp())
	next.SetDeletionGracePeriodSeconds(live.GetDeletionGracePeriodSeconds())
	next.SetGeneration(live.GetGeneration())
}

// change makes a changed object of the stored one and stores it; again if another write came between and the client
// did not say which version it means.
func (c *call) change(dryRun []string, make func(live store.Object) (store.Object, error)) (runtime.Object, error) {
	for i := 0; ; i++ {
		live, err := c.get()
		if err != nil {
			return nil, err
		}
		next, err := make(live.DeepCopyObject().(store.Object))
		if err != nil {
			return nil, err
		}
		meant := next.GetResourceVersion()
		if meant == "" {
			next.SetResourceVersion(live.GetResourceVersion())
		}
		out, err := c.put(next, dryRun)
		if apierrors.IsConflict(err) && i < attempts && (meant == "" || meant == live.GetResourceVersion() && c.r.Method == http.MethodPatch) {
			continue
		}
		return out, err
	}
}

// put stores a changed object through the subresource of the call.
func (c *call) put(next store.Object, dryRun []string) (store.Object, error) {
	opts := c.options(dryRun)
	switch c.subresource {
	case "status":
		return c.server.store.UpdateStatus(next, opts...)
	case "finalize":
		opts = append(opts, store.Finalize)
	case "binding":
		opts = append(opts, store.As("binding"), store.WithStatus)
	}
	return c.server.store.Update(next, opts...)
}

// finalize sets the finalizers of a namespace, which is gone when the last is removed.
func (c *call) finalize() (int, runtime.Object, error) {
	o, err := c.updateOptions()
	if err != nil {
		return 0, nil, err
	}
	obj, err := c.given(o.FieldValidation)
	if err != nil {
		return 0, nil, err
	}
	out, err := c.change(o.DryRun, func(live store.Object) (store.Object, error) {
		live.(*corev1.Namespace).Spec.Finalizers = obj.(*corev1.Namespace).Spec.Finalizers
		live.SetResourceVersion(obj.GetResourceVersion())
		return live, nil
	})
	return http.StatusOK, out, err
}
