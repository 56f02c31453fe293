package volume

import (
	"context"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

var podKind = corev1.SchemeGroupVersion.WithKind("Pod")

// newEphemeral makes the controller that creates the claims of generic ephemeral volumes (KEP-1698); they go with
// their pods as dependents.
func newEphemeral(env *loop.Env) loop.Runner {
	events := env.Events("ephemeral_volume")
	c := loop.New(env, "ephemeral-volumes", 1, func(ctx context.Context, key store.Key) error {
		p, err := store.Get[*corev1.Pod](env.Store, key.Namespace, key.Name)
		if err != nil || p.DeletionTimestamp != nil {
			return loop.IgnoreNotFound(err)
		}
		for _, v := range p.Spec.Volumes {
			if v.Ephemeral == nil || v.Ephemeral.VolumeClaimTemplate == nil {
				continue
			}
			t := v.Ephemeral.VolumeClaimTemplate
			name := p.Name + "-" + v.Name
			if claim, err := store.Get[*corev1.PersistentVolumeClaim](env.Store, p.Namespace, name); err == nil {
				if !metav1.IsControlledBy(claim, p) {
					events.Event(p, corev1.EventTypeWarning, "FailedBinding", "PVC %s/%s was not created for pod %s/%s (pod is not owner)", p.Namespace, name, p.Namespace, p.Name)
				}
				continue
			}
			_, err := loop.Create(ctx, env.Store, &corev1.PersistentVolumeClaim{
				ObjectMeta: metav1.ObjectMeta{
					Name: name, Namespace: p.Namespace, Labels: maps.Clone(t.Labels), Annotations: maps.Clone(t.Annotations),
					OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(p, podKind)},
				},
				Spec: *t.Spec.DeepCopy(),
			})
			if err != nil && !apierrors.IsAlreadyExists(err) {
				return err
			}
		}
		return nil
	})
	loop.Watch[*corev1.Pod](c, func(e store.Event) []store.Key {
		if e.Old != nil {
			return nil
		}
		for _, v := range e.Object.(*corev1.Pod).Spec.Volumes {
			if v.Ephemeral != nil {
				return loop.Self(e)
			}
		}
		return nil
	})
	return c
}
