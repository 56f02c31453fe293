package statefulset

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

var gvk = appsv1.SchemeGroupVersion.WithKind("StatefulSet")

type controller struct {
	*loop.Env
	*loop.Keyed
	events loop.Recorder
}

// New makes the controller of StatefulSets.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, events: env.Events("statefulset-controller")}
	c.Keyed = loop.New(env, "statefulset", 4, c.sync)
	loop.Watch[*appsv1.StatefulSet](c.Keyed, loop.Self)
	loop.Watch[*corev1.Pod](c.Keyed, loop.OwnerOrMatch(env.Store, "StatefulSet", selectorOf))
	loop.Watch[*appsv1.ControllerRevision](c.Keyed, loop.Owner("StatefulSet"))
	loop.Watch[*corev1.PersistentVolumeClaim](c.Keyed, c.ofClaim)
	return c.Keyed
}

func selectorOf(set *appsv1.StatefulSet) *metav1.LabelSelector { return set.Spec.Selector }

// ofClaim asks for a look when a claim that is in the way of a new pod has gone.
func (c *controller) ofClaim(e store.Event) []store.Key {
	if e.Type != watch.Deleted {
		return nil
	}
	var keys []store.Key
	for _, set := range store.List[*appsv1.StatefulSet](c.Store, e.Object.GetNamespace(), nil) {
		if len(set.Spec.VolumeClaimTemplates) > 0 {
			keys = append(keys, loop.KeyOf(set))
		}
	}
	return keys
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	set, err := store.Get[*appsv1.StatefulSet](c.Store, key.Namespace, key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	sel, err := metav1.LabelSelectorAsSelector(set.Spec.Selector)
	if err != nil {
		return fmt.Errorf("statefulset %s/%s: selector: %w", key.Namespace, key.Name, err)
	}
	member := func(p *corev1.Pod) bool { return ordinalOf(set.Name, p.Name) >= 0 }
	mine, err := pods.Claim(ctx, c.Store, set, gvk, sel, store.List[*corev1.Pod](c.Store, set.Namespace, nil), member, nil)
	if err != nil {
		return err
	}
	l := &look{controller: c, ctx: ctx, set: set.DeepCopy(), pods: pods.Filter(mine, member)}
	if err := l.revisions(sel); err != nil {
		return errors.Join(err, l.save(set))
	}
	err = l.step()
	l.count()
	return errors.Join(err, l.save(set), l.forget())
}

// look is one look at one StatefulSet.
type look struct {
	*controller
	ctx      context.Context
	set      *appsv1.StatefulSet // a copy; its status is saved at the end of the look
	pods     []*corev1.Pod
	history  []*appsv1.ControllerRevision // oldest first
	current  *appsv1.ControllerRevision   // that pods below the partition have
	update   *appsv1.ControllerRevision   // of the present template
	previous corev1.PodTemplateSpec       // of current
}

func (l *look) save(stored *appsv1.StatefulSet) error {
	if equality.Semantic.DeepEqual(stored.Status, l.set.Status) {
		return nil
	}
	_, err := loop.UpdateStatus(l.ctx, l.Store, l.set)
	return loop.IgnoreNotFound(err)
}

func (l *look) available(p *corev1.Pod) (bool, time.Duration) {
	return pods.Available(p, l.set.Spec.MinReadySeconds, l.Clock.Now())
}

// count fills the status from the pods that there are now.
func (l *look) count() {
	s := &l.set.Status
	s.ObservedGeneration = l.set.Generation
	s.CurrentRevision, s.UpdateRevision = l.current.Name, l.update.Name
	s.Replicas, s.ReadyReplicas, s.AvailableReplicas, s.CurrentReplicas, s.UpdatedReplicas = 0, 0, 0, 0, 0
	if s.CollisionCount == nil {
		s.CollisionCount = new(int32)
	}
	for _, p := range pods.OwnedBy(l.Store, l.set) {
		if ordinalOf(l.set.Name, p.Name) < 0 {
			continue
		}
		s.Replicas++
		if p.Status.Phase == corev1.PodRunning && pods.Ready(p) {
			s.ReadyReplicas++
			if ok, wait := l.available(p); ok {
				s.AvailableReplicas++
			} else {
				l.After(loop.KeyOf(l.set), wait)
			}
		}
		if p.DeletionTimestamp == nil {
			if revisionOf(p) == l.current.Name {
				s.CurrentReplicas++
			}
			if revisionOf(p) == l.update.Name {
				s.UpdatedReplicas++
			}
		}
	}
	want := *l.set.Spec.Replicas
	if l.set.Spec.UpdateStrategy.Type != appsv1.OnDeleteStatefulSetStrategyType && s.UpdatedReplicas == want && s.ReadyReplicas == want && s.Replicas == want {
		s.CurrentReplicas, s.CurrentRevision = s.UpdatedReplicas, s.UpdateRevision
	}
}
