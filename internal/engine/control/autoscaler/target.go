package autoscaler

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// target is what is scaled.
type target struct {
	namespace string
	replicas  int32
	selector  labels.Selector
	scale     func(ctx context.Context, s *store.Store, replicas int32) error
}

func findTarget(s *store.Store, namespace string, ref autoscalingv2.CrossVersionObjectReference) (*target, error) {
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("invalid API version in scale target reference: %w", err)
	}
	switch gv.WithKind(ref.Kind).GroupKind() {
	case schema.GroupKind{Group: "apps", Kind: "Deployment"}:
		return found(s, namespace, ref.Name, func(d *appsv1.Deployment) (**int32, *metav1.LabelSelector) { return &d.Spec.Replicas, d.Spec.Selector })
	case schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}:
		return found(s, namespace, ref.Name, func(d *appsv1.ReplicaSet) (**int32, *metav1.LabelSelector) { return &d.Spec.Replicas, d.Spec.Selector })
	case schema.GroupKind{Group: "apps", Kind: "StatefulSet"}:
		return found(s, namespace, ref.Name, func(d *appsv1.StatefulSet) (**int32, *metav1.LabelSelector) { return &d.Spec.Replicas, d.Spec.Selector })
	}
	return nil, fmt.Errorf("no matches for kind %q in group %q: only a Deployment, ReplicaSet or StatefulSet can be scaled", ref.Kind, gv.Group)
}

func found[T store.Object](s *store.Store, namespace, name string, parts func(T) (**int32, *metav1.LabelSelector)) (*target, error) {
	obj, err := store.Get[T](s, namespace, name)
	if err != nil {
		return nil, err
	}
	replicas, selector := parts(obj)
	sel, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil, fmt.Errorf("selector of the target: %w", err)
	}
	t := &target{namespace: namespace, replicas: 1, selector: sel}
	if *replicas != nil {
		t.replicas = **replicas
	}
	t.scale = func(ctx context.Context, s *store.Store, n int32) error {
		_, err := loop.Modify(ctx, s, namespace, name, func(o T) error {
			field, _ := parts(o)
			*field = &n
			return nil
		})
		return err
	}
	return t, nil
}
