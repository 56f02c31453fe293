package api

import (
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

func (c *call) createOptions() (*metav1.CreateOptions, error) {
	o := &metav1.CreateOptions{}
	if err := metav1.Convert_url_Values_To_v1_CreateOptions(&c.query, o, nil); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return o, invalidOptions("CreateOptions", validation.ValidateCreateOptions(o))
}

func (c *call) create() (int, runtime.Object, error) {
	o, err := c.createOptions()
	if err != nil {
		return 0, nil, err
	}
	data, err := c.body()
	if err != nil {
		return 0, nil, err
	}
	obj := c.kind.New()
	if err := c.decode(data, obj, c.kind.GVK, o.FieldValidation); err != nil {
		return 0, nil, err
	}
	if c.kind.Namespaced && c.namespace == "" {
		return 0, nil, apierrors.NewBadRequest("an empty namespace may not be set during creation")
	}
	if obj.GetResourceVersion() != "" {
		return 0, nil, apierrors.NewBadRequest("resourceVersion should not be set on objects to be created")
	}
	if err := c.matchName(obj); err != nil {
		return 0, nil, err
	}
	created, err := c.store(obj, c.manager(o.FieldManager), o.DryRun)
	return http.StatusCreated, created, err
}

// store creates an object as a client gave it: without a status of its own, with its fields noted as the manager's.
func (c *call) store(obj store.Object, manager string, dryRun []string) (runtime.Object, error) {
	wipe(obj)
	defaults.Create(obj)
	live := c.kind.New()
	live.GetObjectKind().SetGroupVersionKind(c.kind.GVK)
	noted, err := c.server.note(c.kind, "", live, obj, manager)
	if err != nil {
		return nil, err
	}
	return c.server.store.Create(noted, c.options(dryRun)...)
}

// wipe removes the metadata that the server sets, before managed fields are noted.
func wipe(obj store.Object) {
	obj.SetUID("")
	obj.SetCreationTimestamp(metav1.Time{})
	obj.SetDeletionTimestamp(nil)
	obj.SetDeletionGracePeriodSeconds(nil)
	obj.SetGeneration(0)
	obj.SetSelfLink("")
}
