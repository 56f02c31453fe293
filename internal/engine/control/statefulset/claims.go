package statefulset

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

var errClaimGoing = errors.New("is being deleted")

var podKind = corev1.SchemeGroupVersion.WithKind("Pod")

func (l *look) claimName(template string, ordinal int) string {
	return fmt.Sprintf("%s-%s-%d", template, l.set.Name, ordinal)
}

// claims are those of a pod's claims that exist.
func (l *look) claims(ordinal int) []*corev1.PersistentVolumeClaim {
	var out []*corev1.PersistentVolumeClaim
	for _, t := range l.set.Spec.VolumeClaimTemplates {
		if claim, err := store.Get[*corev1.PersistentVolumeClaim](l.Store, l.set.Namespace, l.claimName(t.Name, ordinal)); err == nil {
			out = append(out, claim)
		}
	}
	return out
}

// makeClaims creates the claims that a pod lacks. One that is being deleted is an error: its data are about to go.
func (l *look) makeClaims(p *corev1.Pod) error {
	var errs []error
	for i := range l.set.Spec.VolumeClaimTemplates {
		t := &l.set.Spec.VolumeClaimTemplates[i]
		name := l.claimName(t.Name, ordinalOf(l.set.Name, p.Name))
		claim, err := store.Get[*corev1.PersistentVolumeClaim](l.Store, l.set.Namespace, name)
		if err == nil {
			if claim.DeletionTimestamp != nil {
				errs = append(errs, fmt.Errorf("pvc %s %w", name, errClaimGoing))
			}
			continue
		}
		labels := maps.Clone(t.Labels)
		if labels == nil {
			labels = map[string]string{}
		}
		maps.Copy(labels, l.set.Spec.Selector.MatchLabels)
		_, err = loop.Create(l.ctx, l.Store, &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: l.set.Namespace, Labels: labels, Annotations: maps.Clone(t.Annotations)},
			Spec:       *t.Spec.DeepCopy(),
		})
		switch {
		case err == nil:
			l.events.Event(l.set, corev1.EventTypeNormal, "SuccessfulCreate", "create Claim %s Pod %s in StatefulSet %s success", name, p.Name, l.set.Name)
		case !apierrors.IsAlreadyExists(err):
			if l.ctx.Err() == nil {
				l.events.Event(l.set, corev1.EventTypeWarning, "FailedCreate", "create Claim %s for Pod %s in StatefulSet %s failed error: %s", name, p.Name, l.set.Name, err)
			}
			errs = append(errs, fmt.Errorf("failed to create PVC %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// policy is what happens to claims when the set is scaled down or deleted; they are retained unless it says Delete.
func (l *look) policy() (deletedWithPod, deletedWithSet bool) {
	r := l.set.Spec.PersistentVolumeClaimRetentionPolicy
	if r == nil {
		return false, false
	}
	return r.WhenScaled == appsv1.DeletePersistentVolumeClaimRetentionPolicyType, r.WhenDeleted == appsv1.DeletePersistentVolumeClaimRetentionPolicyType
}

// keepClaims has a pod's claims owned by the set or, when it is scaled away, by the pod, as the retention policy
// says (KEP-1847); the garbage collector does the rest. A claim with another controller is left alone.
func (l *look) keepClaims(r *replica) error {
	withPod, withSet := l.policy()
	i := r.ordinal - l.start()
	scaledDown := i < 0 || i >= int(*l.set.Spec.Replicas)
	for _, claim := range l.claims(r.ordinal) {
		if stale(claim, l.set, gvk.Kind) || stale(claim, r.pod, podKind.Kind) {
			continue
		}
		refs := slices.DeleteFunc(slices.Clone(claim.OwnerReferences), func(o metav1.OwnerReference) bool {
			return o.UID == l.set.UID || o.UID == r.pod.UID
		})
		other := slices.ContainsFunc(refs, func(o metav1.OwnerReference) bool { return o.Controller != nil && *o.Controller })
		switch {
		case other:
			if withPod || withSet {
				l.events.Event(l.set, corev1.EventTypeWarning, "ConflictingController", "PersistentVolumeClaim %s has a conflicting OwnerReference that acts as a managing controller, the retention policy is ignored for this claim", claim.Name)
			}
		case withPod && scaledDown:
			refs = append(refs, *metav1.NewControllerRef(r.pod, podKind))
		case withSet && (!scaledDown || !withPod):
			refs = append(refs, *metav1.NewControllerRef(l.set, gvk))
		}
		if equality.Semantic.DeepEqual(refs, claim.OwnerReferences) {
			continue
		}
		next := claim.DeepCopy()
		next.OwnerReferences = refs
		if _, err := loop.Update(l.ctx, l.Store, next); err != nil {
			return fmt.Errorf("could not update claim %s for delete policy ownerRefs: %w", claim.Name, err)
		}
	}
	return nil
}

// stale tells whether a claim belongs to an earlier object of that kind and name.
func stale(claim *corev1.PersistentVolumeClaim, owner store.Object, kind string) bool {
	return slices.ContainsFunc(claim.OwnerReferences, func(o metav1.OwnerReference) bool {
		return o.Kind == kind && o.Name == owner.GetName() && o.UID != owner.GetUID()
	})
}

// staleClaim tells whether a new pod would get a claim that is about to go with an earlier pod of its name.
func (l *look) staleClaim(p *corev1.Pod) bool {
	if withPod, _ := l.policy(); !withPod {
		return false
	}
	return slices.ContainsFunc(l.claims(ordinalOf(l.set.Name, p.Name)), func(claim *corev1.PersistentVolumeClaim) bool {
		return stale(claim, p, podKind.Kind)
	})
}
