package store

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// waitsForNode tells whether a deletion has to wait until the node has stopped the pod's containers.
func waitsForNode(obj Object) bool {
	pod, ok := obj.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return false
	}
	g := pod.DeletionGracePeriodSeconds
	return g == nil || *g > 0
}

// gracePeriod is the grace in seconds: that of the request, else the pod's own, else none. See
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
func gracePeriod(obj Object, opts metav1.DeleteOptions) int64 {
	pod, ok := obj.(*corev1.Pod)
	if !ok {
		return 0
	}
	switch {
	case opts.GracePeriodSeconds != nil:
		return max(*opts.GracePeriodSeconds, 0)
	case pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed:
		return 0
	case pod.Spec.TerminationGracePeriodSeconds != nil:
		return *pod.Spec.TerminationGracePeriodSeconds
	}
	return corev1.DefaultTerminationGracePeriodSeconds
}

// markDeleted sets the deletion timestamp, or brings it forward; a timestamp once set never moves back.
func markDeleted(obj Object, opts metav1.DeleteOptions, now time.Time) {
	setPropagationFinalizer(obj, opts)
	grace := gracePeriod(obj, opts)
	at := metav1.NewTime(now.Add(time.Duration(grace) * time.Second).Truncate(time.Second))
	if obj.GetDeletionTimestamp() != nil {
		if g := obj.GetDeletionGracePeriodSeconds(); g != nil && grace >= *g {
			return
		}
	} else if obj.GetGeneration() > 0 {
		obj.SetGeneration(obj.GetGeneration() + 1)
	}
	obj.SetDeletionTimestamp(&at)
	obj.SetDeletionGracePeriodSeconds(&grace)
	if ns, ok := obj.(*corev1.Namespace); ok {
		ns.Status.Phase = corev1.NamespaceTerminating
	}
}

// setPropagationFinalizer notes in the object how its dependents are to go, for the garbage collector.
func setPropagationFinalizer(obj Object, opts metav1.DeleteOptions) {
	p := opts.PropagationPolicy
	if p == nil {
		return
	}
	want := map[metav1.DeletionPropagation]string{
		metav1.DeletePropagationForeground: metav1.FinalizerDeleteDependents,
		metav1.DeletePropagationOrphan:     metav1.FinalizerOrphanDependents,
	}[*p]
	var keep []string
	for _, f := range obj.GetFinalizers() {
		if f != metav1.FinalizerDeleteDependents && f != metav1.FinalizerOrphanDependents {
			keep = append(keep, f)
		}
	}
	if want != "" {
		keep = append(keep, want)
	}
	obj.SetFinalizers(keep)
}

func checkPreconditions(k *Kind, obj Object, p *metav1.Preconditions) error {
	if p == nil {
		return nil
	}
	if p.UID != nil && *p.UID != obj.GetUID() {
		return apierrors.NewConflict(k.GR(), obj.GetName(), fmt.Errorf("precondition failed: UID in precondition: %v, UID in object: %v", *p.UID, obj.GetUID()))
	}
	if p.ResourceVersion != nil && *p.ResourceVersion != obj.GetResourceVersion() {
		return apierrors.NewConflict(k.GR(), obj.GetName(), fmt.Errorf("precondition failed: resource version in precondition: %v, resource version in object: %v", *p.ResourceVersion, obj.GetResourceVersion()))
	}
	return nil
}

// held tells whether something still keeps a deleted object: a finalizer, the contents of a namespace, or the
// containers of a pod.
func held(obj Object) bool {
	if ns, ok := obj.(*corev1.Namespace); ok && len(ns.Spec.Finalizers) > 0 {
		return true
	}
	return len(obj.GetFinalizers()) > 0 || waitsForNode(obj)
}

// UIDPreconditions says that a deletion is meant for that very object, not for one of the same name that came after.
func UIDPreconditions(uid types.UID) *metav1.Preconditions { return &metav1.Preconditions{UID: &uid} }
