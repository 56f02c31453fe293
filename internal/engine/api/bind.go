package api

import (
	"errors"
	"net/http"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

var bindingGVK = corev1.SchemeGroupVersion.WithKind("Binding")

// bind gives a pod the node it is to run on, once.
func (c *call) bind() (int, runtime.Object, error) {
	o, err := c.createOptions()
	if err != nil {
		return 0, nil, err
	}
	data, err := c.body()
	if err != nil {
		return 0, nil, err
	}
	binding := &corev1.Binding{}
	if err := c.decode(data, binding, bindingGVK, o.FieldValidation); err != nil {
		return 0, nil, err
	}
	if binding.Target.Name == "" || binding.Target.Kind != "" && binding.Target.Kind != "Node" {
		return 0, nil, apierrors.NewInvalid(bindingGVK.GroupKind(), c.name, field.ErrorList{field.Required(field.NewPath("target", "name"), "the name of a Node")})
	}
	_, err = c.change(o.DryRun, func(live store.Object) (store.Object, error) {
		pod := live.(*corev1.Pod)
		switch {
		case pod.DeletionTimestamp != nil:
			return nil, apierrors.NewConflict(c.kind.GR(), c.name, errors.New("pod is being deleted, cannot be assigned to a host"))
		case pod.Spec.NodeName != "":
			return nil, apierrors.NewConflict(c.kind.GR(), c.name, errors.New("pod "+c.name+" is already assigned to node "+pod.Spec.NodeName))
		case binding.UID != "" && binding.UID != pod.UID:
			return nil, apierrors.NewConflict(c.kind.GR(), c.name, errors.New("the binding is meant for another pod of the same name"))
		}
		pod.Spec.NodeName = binding.Target.Name
		scheduled := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now().Rfc3339Copy()}
		pod.Status.Conditions = append(slices.DeleteFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodScheduled }), scheduled)
		pod.ResourceVersion = binding.ResourceVersion
		return pod, nil
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, success(), nil
}

func success() *metav1.Status {
	return &metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusSuccess, Code: http.StatusCreated}
}
