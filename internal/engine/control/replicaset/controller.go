package replicaset

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// burst is how many pods one look creates or deletes at most.
const burst = 500

var (
	gvk        = appsv1.SchemeGroupVersion.WithKind("ReplicaSet")
	errChanged = errors.New("the ReplicaSet changed meanwhile")
)

type controller struct {
	*loop.Env
	*loop.Keyed
	events loop.Recorder
}

// New makes the controller of ReplicaSets.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, events: env.Events("replicaset-controller")}
	c.Keyed = loop.New(env, "replicaset", 4, c.sync)
	loop.Watch[*appsv1.ReplicaSet](c.Keyed, loop.Self)
	loop.Watch[*corev1.Pod](c.Keyed, loop.OwnerOrMatch(env.Store, "ReplicaSet", selectorOf))
	return c.Keyed
}

func selectorOf(rs *appsv1.ReplicaSet) *metav1.LabelSelector { return rs.Spec.Selector }

func (c *controller) sync(ctx context.Context, key store.Key) error {
	rs, err := store.Get[*appsv1.ReplicaSet](c.Store, key.Namespace, key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	sel, err := metav1.LabelSelectorAsSelector(rs.Spec.Selector)
	if err != nil {
		return fmt.Errorf("replicaset %s/%s: selector: %w", key.Namespace, key.Name, err)
	}
	mine, err := pods.Claim(ctx, c.Store, rs, gvk, sel, store.List[*corev1.Pod](c.Store, rs.Namespace, nil), pods.Active, nil)
	if err != nil {
		return err
	}
	var manageErr error
	if rs.DeletionTimestamp == nil {
		manageErr = c.scale(ctx, rs, pods.Filter(mine, pods.Active))
	}
	if errors.Is(manageErr, errChanged) {
		return nil // its change is in the queue
	}
	status, wait := c.status(rs, pods.OwnedBy(c.Store, rs), manageErr)
	if !equality.Semantic.DeepEqual(rs.Status, status) {
		next := rs.DeepCopy()
		next.Status = status
		if _, err := loop.UpdateStatus(ctx, c.Store, next); err != nil {
			return errors.Join(manageErr, loop.IgnoreNotFound(err))
		}
	}
	if wait > 0 {
		c.After(key, wait)
	}
	return manageErr
}

func (c *controller) scale(ctx context.Context, rs *appsv1.ReplicaSet, active []*corev1.Pod) error {
	diff := len(active) - int(*rs.Spec.Replicas)
	if diff < 0 {
		_, err := pods.SlowStart(min(-diff, burst), func(int) error { return c.create(ctx, rs) })
		return err
	}
	if diff == 0 {
		return nil
	}
	pods.SortForDeletion(active, c.Clock.Now())
	_, err := pods.SlowStart(min(diff, burst), func(i int) error {
		if err := loop.Delete(ctx, c.Store, active[i], metav1.DeleteOptions{}); err != nil {
			c.events.Event(rs, corev1.EventTypeWarning, "FailedDelete", "Error deleting: %v", err)
			return err
		}
		c.events.Event(rs, corev1.EventTypeNormal, "SuccessfulDelete", "Deleted pod: %s", active[i].Name)
		return nil
	})
	return err
}

func (c *controller) create(ctx context.Context, rs *appsv1.ReplicaSet) error {
	unchanged := store.If(func() error {
		if now, err := store.Get[*appsv1.ReplicaSet](c.Store, rs.Namespace, rs.Name); err != nil || now.UID != rs.UID || now.Generation != rs.Generation {
			return errChanged
		}
		return nil
	})
	pod, err := loop.Create(ctx, c.Store, pods.FromTemplate(&rs.Spec.Template, rs, gvk), unchanged)
	switch {
	case err == nil:
		c.events.Event(rs, corev1.EventTypeNormal, "SuccessfulCreate", "Created pod: %s", pod.Name)
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return nil // everything in it goes anyway
	case !errors.Is(err, errChanged) && ctx.Err() == nil:
		c.events.Event(rs, corev1.EventTypeWarning, "FailedCreate", "Error creating: %v", err)
	}
	return err
}

// status counts the pods as they are now. The duration is how long until the next becomes available, 0 for never.
func (c *controller) status(rs *appsv1.ReplicaSet, mine []*corev1.Pod, manageErr error) (appsv1.ReplicaSetStatus, time.Duration) {
	active, now := pods.Filter(mine, pods.Active), c.Clock.Now()
	s := *rs.Status.DeepCopy()
	s.ObservedGeneration = rs.Generation
	s.Replicas = int32(len(active))
	s.FullyLabeledReplicas, s.ReadyReplicas, s.AvailableReplicas = 0, 0, 0
	gone := int32(len(pods.Filter(mine, pods.Terminating)))
	s.TerminatingReplicas = &gone
	template := labels.SelectorFromSet(rs.Spec.Template.Labels)
	var next time.Duration
	for _, p := range active {
		if template.Matches(labels.Set(p.Labels)) {
			s.FullyLabeledReplicas++
		}
		if !pods.Ready(p) {
			continue
		}
		s.ReadyReplicas++
		ok, wait := pods.Available(p, rs.Spec.MinReadySeconds, now)
		if ok {
			s.AvailableReplicas++
		} else if next == 0 || wait < next {
			next = wait
		}
	}
	setFailure(&s, manageErr, len(active) < int(*rs.Spec.Replicas), c.Now())
	return s, next
}

// setFailure keeps the condition ReplicaFailure, which says why pods could not be created or deleted.
func setFailure(s *appsv1.ReplicaSetStatus, err error, few bool, now metav1.Time) {
	at := -1
	for i := range s.Conditions {
		if s.Conditions[i].Type == appsv1.ReplicaSetReplicaFailure {
			at = i
		}
	}
	switch {
	case err != nil && at < 0:
		reason := "FailedDelete"
		if few {
			reason = "FailedCreate"
		}
		s.Conditions = append(s.Conditions, appsv1.ReplicaSetCondition{
			Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue,
			LastTransitionTime: now, Reason: reason, Message: err.Error(),
		})
	case err == nil && at >= 0:
		s.Conditions = append(s.Conditions[:at:at], s.Conditions[at+1:]...)
	}
}
