package api

import (
	"errors"
	"net/http"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

var scaleGVK = autoscalingv1.SchemeGroupVersion.WithKind("Scale")

// scaled is what the scale subresource sees of an object: where its number of replicas is, how many there are, and
// the pods it counts.
func scaled(obj store.Object) (replicas **int32, status int32, selector *metav1.LabelSelector) {
	switch o := obj.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector
	case *appsv1.ReplicaSet:
		return &o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector
	case *appsv1.StatefulSet:
		return &o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector
	}
	panic("api: " + obj.GetName() + " cannot be scaled, its kind says it can")
}

func scaleOf(obj store.Object) *autoscalingv1.Scale {
	replicas, status, selector := scaled(obj)
	scale := &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{
			Name: obj.GetName(), Namespace: obj.GetNamespace(), UID: obj.GetUID(),
			ResourceVersion: obj.GetResourceVersion(), CreationTimestamp: obj.GetCreationTimestamp(),
		},
		Status: autoscalingv1.ScaleStatus{Replicas: status},
	}
	scale.SetGroupVersionKind(scaleGVK)
	if *replicas != nil {
		scale.Spec.Replicas = **replicas
	}
	if s, err := metav1.LabelSelectorAsSelector(selector); err == nil {
		scale.Status.Selector = s.String()
	}
	return scale
}

func (c *call) readScale() (int, runtime.Object, error) {
	obj, err := c.get()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, scaleOf(obj), nil
}

func (c *call) replaceScale() (int, runtime.Object, error) {
	o, err := c.updateOptions()
	if err != nil {
		return 0, nil, err
	}
	data, err := c.body()
	if err != nil {
		return 0, nil, err
	}
	scale := &autoscalingv1.Scale{}
	if err := c.decode(data, scale, scaleGVK, o.FieldValidation); err != nil {
		return 0, nil, err
	}
	return c.scale(o.DryRun, c.manager(o.FieldManager), func(*autoscalingv1.Scale) (*autoscalingv1.Scale, error) { return scale, nil })
}

func (c *call) patchScale() (int, runtime.Object, error) {
	p, err := c.patchRequest()
	if err != nil {
		return 0, nil, err
	}
	if p.kind == types.ApplyYAMLPatchType {
		return 0, nil, notServed("server-side apply of %s/scale; apply spec.replicas of the object itself", c.kind.GR())
	}
	return c.scale(p.options.DryRun, c.manager(p.options.FieldManager), func(live *autoscalingv1.Scale) (*autoscalingv1.Scale, error) {
		next := &autoscalingv1.Scale{}
		return next, c.patched(p, live, next)
	})
}

// scale changes the number of replicas, and nothing else.
func (c *call) scale(dryRun []string, manager string, make func(*autoscalingv1.Scale) (*autoscalingv1.Scale, error)) (int, runtime.Object, error) {
	out, err := c.change(dryRun, func(live store.Object) (store.Object, error) {
		scale, err := make(scaleOf(live))
		if err != nil {
			return nil, err
		}
		switch {
		case scale.Name != "" && scale.Name != c.name:
			return nil, apierrors.NewBadRequest("the name of the object (" + scale.Name + ") does not match the name on the URL (" + c.name + ")")
		case scale.UID != "" && scale.UID != live.GetUID():
			return nil, apierrors.NewConflict(c.kind.GR(), c.name, errors.New("the object has been replaced by another of the same name"))
		case scale.Spec.Replicas < 0:
			return nil, apierrors.NewInvalid(scaleGVK.GroupKind(), c.name, field.ErrorList{field.Invalid(field.NewPath("spec", "replicas"), scale.Spec.Replicas, "must be greater than or equal to 0")})
		}
		next := live.DeepCopyObject().(store.Object)
		replicas, _, _ := scaled(next)
		*replicas = &scale.Spec.Replicas
		// Noted for the subresource, so that an autoscaler and the author of the object can be told apart.
		noted, err := c.server.note(c.kind, "scale", live, next, manager)
		if err != nil {
			return nil, err
		}
		noted.SetResourceVersion(scale.ResourceVersion)
		return noted, nil
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, scaleOf(out.(store.Object)), nil
}
