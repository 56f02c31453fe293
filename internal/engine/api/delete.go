package api

import (
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// deleteOptions come in the body, or in the query if there is none.
func (c *call) deleteOptions() (*metav1.DeleteOptions, error) {
	data, err := c.body()
	if err != nil {
		return nil, err
	}
	o := &metav1.DeleteOptions{}
	if len(data) == 0 {
		if err := metav1.Convert_url_Values_To_v1_DeleteOptions(&c.query, o, nil); err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
	} else if err := c.decodeDeleteOptions(data, o); err != nil {
		return nil, err
	}
	if len(o.DryRun) == 0 {
		o.DryRun = c.query["dryRun"] // also beside a body: who asks for a dry run is not to lose anything
	}
	if errs := validation.ValidateDeleteOptions(o); len(errs) > 0 {
		return nil, invalidOptions("DeleteOptions", errs)
	}
	if orphan := o.OrphanDependents; orphan != nil && o.PropagationPolicy == nil { //nolint:staticcheck // deprecated, but still sent
		policy := metav1.DeletePropagationBackground
		if *orphan {
			policy = metav1.DeletePropagationOrphan
		}
		o.PropagationPolicy = &policy
	}
	return o, nil
}

// decodeDeleteOptions accepts them in the version of any group, as old clients send them.
func (c *call) decodeDeleteOptions(data []byte, o *metav1.DeleteOptions) error {
	info, err := c.server.given(c.r)
	if err != nil {
		return err
	}
	gvk := metav1.SchemeGroupVersion.WithKind("DeleteOptions")
	obj, _, err := info.Serializer.Decode(data, &gvk, o)
	if err != nil {
		return apierrors.NewBadRequest("the body of the request is not DeleteOptions: " + err.Error())
	}
	if got, ok := obj.(*metav1.DeleteOptions); !ok {
		return apierrors.NewBadRequest("decoded object cannot be converted to DeleteOptions")
	} else if got != o {
		*o = *got
	}
	return nil
}

func (c *call) remove() (int, runtime.Object, error) {
	o, err := c.deleteOptions()
	if err != nil {
		return 0, nil, err
	}
	obj, gone, err := c.server.store.Delete(c.kind, c.key(), *o)
	if err != nil {
		return 0, nil, err
	}
	if !gone || answersWithObject[c.kind.Resource] {
		return http.StatusOK, obj, nil
	}
	return http.StatusOK, &metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusSuccess,
		Details:  &metav1.StatusDetails{Name: obj.GetName(), Group: c.kind.GVK.Group, Kind: c.kind.Resource, UID: obj.GetUID()},
	}, nil
}

// answersWithObject are the resources whose deletion is answered with what was deleted, as in Kubernetes.
var answersWithObject = map[string]bool{
	"pods": true, "services": true, "serviceaccounts": true, "persistentvolumes": true, "persistentvolumeclaims": true,
}

// deleteCollection deletes what a list with the same selectors would show.
func (c *call) deleteCollection() (int, runtime.Object, error) {
	o, err := c.deleteOptions()
	if err != nil {
		return 0, nil, err
	}
	l, err := c.listOptions()
	if err != nil {
		return 0, nil, err
	}
	if c.kind.Namespaced && c.namespace == "" {
		return 0, nil, apierrors.NewMethodNotSupported(c.kind.GR(), "deletecollection in all namespaces")
	}
	sel, err := c.selector(l)
	if err != nil {
		return 0, nil, err
	}
	objs, version := c.server.store.List(c.kind, c.namespace)
	var deleted []store.Object
	for _, obj := range objs {
		if !sel.matches(obj) {
			continue
		}
		each := *o.DeepCopy()
		if each.Preconditions == nil {
			each.Preconditions = store.UIDPreconditions(obj.GetUID())
		}
		last, _, err := c.server.store.Delete(c.kind, store.Key{Namespace: obj.GetNamespace(), Name: obj.GetName()}, each)
		if apierrors.IsNotFound(err) || o.Preconditions == nil && apierrors.IsConflict(err) {
			continue // someone else was quicker
		}
		if err != nil {
			return 0, nil, err
		}
		deleted = append(deleted, last)
	}
	list, err := c.listOf(deleted, version)
	return http.StatusOK, list, err
}
