package api

import (
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

var evictionGVK = policyv1.SchemeGroupVersion.WithKind("Eviction")

// evict deletes a pod if its disruption budget allows it. See
// https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
func (c *call) evict() (int, runtime.Object, error) {
	o, err := c.createOptions()
	if err != nil {
		return 0, nil, err
	}
	data, err := c.body()
	if err != nil {
		return 0, nil, err
	}
	eviction := &policyv1.Eviction{}
	if err := c.decode(data, eviction, evictionGVK, o.FieldValidation); err != nil {
		return 0, nil, err
	}
	if eviction.Name != "" && eviction.Name != c.name {
		return 0, nil, apierrors.NewBadRequest("name in URL does not match name in Eviction object")
	}
	obj, err := c.get()
	if err != nil {
		return 0, nil, err
	}
	pod := obj.(*corev1.Pod)
	opts := metav1.DeleteOptions{}
	if eviction.DeleteOptions != nil {
		opts = *eviction.DeleteOptions.DeepCopy()
	}
	if len(o.DryRun) > 0 {
		opts.DryRun = o.DryRun
	}
	if opts.Preconditions == nil {
		opts.Preconditions = store.UIDPreconditions(pod.UID)
	}
	if disrupts(pod) {
		if err := c.spendBudget(pod, len(opts.DryRun) > 0); err != nil {
			return 0, nil, err
		}
	}
	if _, _, err := c.server.store.Delete(c.kind, c.key(), opts); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, success(), nil
}

// disrupts tells whether a pod counts: one that is done, not yet begun, or going already does not.
func disrupts(pod *corev1.Pod) bool {
	switch pod.Status.Phase {
	case corev1.PodSucceeded, corev1.PodFailed, corev1.PodPending:
		return false
	}
	return pod.DeletionTimestamp == nil
}

// spendBudget takes one disruption from the budget of a pod, if it has one, or refuses with 429.
func (c *call) spendBudget(pod *corev1.Pod, dryRun bool) error {
	var mine []*policyv1.PodDisruptionBudget
	for _, pdb := range store.List[*policyv1.PodDisruptionBudget](c.server.store, pod.Namespace, nil) {
		sel, err := metav1.LabelSelectorAsSelector(pdb.Spec.Selector)
		if err == nil && sel.Matches(labels.Set(pod.Labels)) {
			mine = append(mine, pdb)
		}
	}
	switch {
	case len(mine) == 0:
		return nil
	case len(mine) > 1:
		return apierrors.NewInternalError(fmt.Errorf("pod %s/%s has more than one PodDisruptionBudget, which the eviction subresource does not support", pod.Namespace, pod.Name))
	}
	pdb := mine[0]
	if !ready(pod) {
		always := pdb.Spec.UnhealthyPodEvictionPolicy != nil && *pdb.Spec.UnhealthyPodEvictionPolicy == policyv1.AlwaysAllow
		if always || pdb.Status.CurrentHealthy >= pdb.Status.DesiredHealthy && pdb.Status.DesiredHealthy > 0 {
			return nil
		}
	}
	_, err := store.ModifyStatus(c.server.store, pdb.Namespace, pdb.Name, func(pdb *policyv1.PodDisruptionBudget) error {
		switch {
		case pdb.Status.ObservedGeneration < pdb.Generation:
			return tooMany(10, "the disruption budget %s is still being processed by the server", pdb.Name)
		case pdb.Status.DisruptionsAllowed <= 0:
			return tooMany(0, "the disruption budget %s needs %d healthy pods and has %d currently", pdb.Name, pdb.Status.DesiredHealthy, pdb.Status.CurrentHealthy)
		case dryRun:
			return nil
		}
		pdb.Status.DisruptionsAllowed--
		if pdb.Status.DisruptedPods == nil {
			pdb.Status.DisruptedPods = map[string]metav1.Time{}
		}
		pdb.Status.DisruptedPods[pod.Name] = metav1.NewTime(time.Now().Truncate(time.Second))
		return nil
	})
	return err
}

// tooMany refuses an eviction; clients try again by themselves only if they are told when.
func tooMany(seconds int, format string, args ...any) error {
	err := apierrors.NewTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", seconds)
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: policyv1.DisruptionBudgetCause, Message: fmt.Sprintf(format, args...),
	})
	return err
}

func ready(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
