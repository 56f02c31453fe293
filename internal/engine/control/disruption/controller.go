package disruption

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// evictionTimeout is how long an evicted pod may take to begin its end.
const evictionTimeout = 2 * time.Minute

type controller struct {
	*loop.Env
	*loop.Keyed
	events loop.Recorder
}

// New makes the controller of PodDisruptionBudgets.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, events: env.Events("controllermanager")}
	c.Keyed = loop.New(env, "disruption", 2, c.sync)
	loop.Watch[*policyv1.PodDisruptionBudget](c.Keyed, loop.Self)
	loop.Watch[*corev1.Pod](c.Keyed, c.ofPod)
	loop.Watch[*appsv1.Deployment](c.Keyed, c.ofScaled)
	loop.Watch[*appsv1.ReplicaSet](c.Keyed, c.ofScaled)
	loop.Watch[*appsv1.StatefulSet](c.Keyed, c.ofScaled)
	return c.Keyed
}

func (c *controller) ofPod(e store.Event) []store.Key {
	var keys []store.Key
	for _, b := range store.List[*policyv1.PodDisruptionBudget](c.Store, e.Object.GetNamespace(), nil) {
		sel, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err == nil && (sel.Matches(labels.Set(e.Object.GetLabels())) || e.Old != nil && sel.Matches(labels.Set(e.Old.GetLabels()))) {
			keys = append(keys, loop.KeyOf(b))
		}
	}
	return keys
}

// ofScaled asks for looks at the budgets of a namespace in which something was given another size.
func (c *controller) ofScaled(e store.Event) []store.Key {
	if e.Old != nil && e.Old.GetGeneration() == e.Object.GetGeneration() {
		return nil
	}
	var keys []store.Key
	for _, b := range store.List[*policyv1.PodDisruptionBudget](c.Store, e.Object.GetNamespace(), nil) {
		keys = append(keys, loop.KeyOf(b))
	}
	return keys
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	stored, err := store.Get[*policyv1.PodDisruptionBudget](c.Store, key.Namespace, key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	b := stored.DeepCopy()
	b.Status.ObservedGeneration = b.Generation
	if err := c.judge(b); err != nil {
		c.events.Event(b, corev1.EventTypeWarning, "CalculateExpectedPodCountFailed", "Failed to calculate the number of expected pods: %v", err)
		b.Status.DisruptionsAllowed = 0 // when in doubt, nothing may go
		set(&b.Status, metav1.ConditionFalse, policyv1.SyncFailedReason, err.Error(), b.Generation, c.Now())
	}
	if equality.Semantic.DeepEqual(stored.Status, b.Status) {
		return nil
	}
	_, err = loop.UpdateStatus(ctx, c.Store, b)
	return loop.IgnoreNotFound(err)
}

// judge fills the status of a budget.
func (c *controller) judge(b *policyv1.PodDisruptionBudget) error {
	sel, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
	if err != nil {
		return err
	}
	list := store.List[*corev1.Pod](c.Store, b.Namespace, sel)
	if len(list) == 0 {
		c.events.Event(b, corev1.EventTypeNormal, "NoPods", "No matching pods found")
	}
	expected, desired, err := c.expect(b, list)
	if err != nil {
		return err
	}
	s := &b.Status
	evicted, next := stillEvicted(s.DisruptedPods, list, c.Clock.Now())
	s.DisruptedPods, s.CurrentHealthy = evicted, 0
	for _, p := range list {
		if _, going := evicted[p.Name]; pods.Ready(p) && p.DeletionTimestamp == nil && !going {
			s.CurrentHealthy++
		}
	}
	s.ExpectedPods, s.DesiredHealthy = expected, desired
	s.DisruptionsAllowed = max(s.CurrentHealthy-desired, 0)
	if expected <= 0 {
		s.DisruptionsAllowed = 0
	}
	if s.DisruptionsAllowed > 0 {
		set(s, metav1.ConditionTrue, policyv1.SufficientPodsReason, "", b.Generation, c.Now())
	} else {
		set(s, metav1.ConditionFalse, policyv1.InsufficientPodsReason, "", b.Generation, c.Now())
	}
	if next > 0 {
		c.After(loop.KeyOf(b), next)
	}
	return nil
}

func set(s *policyv1.PodDisruptionBudgetStatus, yes metav1.ConditionStatus, reason, message string, generation int64, now metav1.Time) {
	apimeta.SetStatusCondition(&s.Conditions, metav1.Condition{
		Type: policyv1.DisruptionAllowedCondition, Status: yes, Reason: reason, Message: message,
		ObservedGeneration: generation, LastTransitionTime: now,
	})
}

// stillEvicted drops from the evicted pods those that are going or gone, and those whose eviction came to nothing;
// the duration is how long until the next may have, 0 for never.
func stillEvicted(was map[string]metav1.Time, list []*corev1.Pod, now time.Time) (map[string]metav1.Time, time.Duration) {
	out := maps.Clone(was)
	var next time.Duration
	maps.DeleteFunc(out, func(name string, at metav1.Time) bool {
		i := slices.IndexFunc(list, func(p *corev1.Pod) bool { return p.Name == name })
		left := at.Add(evictionTimeout).Sub(now)
		if i < 0 || list[i].DeletionTimestamp != nil || left <= 0 {
			return true
		}
		if next == 0 || left < next {
			next = left
		}
		return false
	})
	if len(out) == 0 {
		out = nil
	}
	return out, next
}

// expect tells how many pods there should be, and how many of them must stay healthy.
func (c *controller) expect(b *policyv1.PodDisruptionBudget, list []*corev1.Pod) (expected, desired int32, err error) {
	switch {
	case b.Spec.MaxUnavailable != nil:
		if expected, err = c.asked(list); err != nil {
			return 0, 0, err
		}
		n, err := intstr.GetScaledValueFromIntOrPercent(b.Spec.MaxUnavailable, int(expected), true)
		return expected, max(expected-int32(n), 0), err
	case b.Spec.MinAvailable != nil && b.Spec.MinAvailable.Type == intstr.Int:
		return int32(len(list)), b.Spec.MinAvailable.IntVal, nil
	case b.Spec.MinAvailable != nil:
		if expected, err = c.asked(list); err != nil {
			return 0, 0, err
		}
		n, err := intstr.GetScaledValueFromIntOrPercent(b.Spec.MinAvailable, int(expected), true)
		return expected, int32(n), err
	}
	return int32(len(list)), 0, nil
}

// asked sums what the controllers of the pods ask for.
func (c *controller) asked(list []*corev1.Pod) (int32, error) {
	sizes := map[types.UID]int32{}
	for _, p := range list {
		ref := metav1.GetControllerOfNoCopy(p)
		if ref == nil {
			return 0, fmt.Errorf("found no controllers for pod %q", p.Name)
		}
		uid, n, err := c.size(p.Namespace, ref)
		if err != nil {
			return 0, fmt.Errorf("found no controllers for pod %q: %w", p.Name, err)
		}
		sizes[uid] = n
	}
	var sum int32
	for _, n := range sizes {
		sum += n
	}
	return sum, nil
}

func (c *controller) size(ns string, ref *metav1.OwnerReference) (types.UID, int32, error) {
	switch ref.Kind {
	case "ReplicaSet":
		rs, err := store.Get[*appsv1.ReplicaSet](c.Store, ns, ref.Name)
		if err != nil {
			return "", 0, err
		}
		if up := metav1.GetControllerOfNoCopy(rs); up != nil && up.Kind == "Deployment" {
			d, err := store.Get[*appsv1.Deployment](c.Store, ns, up.Name)
			if err != nil {
				return "", 0, err
			}
			return d.UID, *d.Spec.Replicas, nil
		}
		return rs.UID, *rs.Spec.Replicas, nil
	case "StatefulSet":
		set, err := store.Get[*appsv1.StatefulSet](c.Store, ns, ref.Name)
		if err != nil {
			return "", 0, err
		}
		return set.UID, *set.Spec.Replicas, nil
	}
	return "", 0, fmt.Errorf("%s %s has no size", ref.Kind, ref.Name)
}
