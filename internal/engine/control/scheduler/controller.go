package scheduler

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

type controller struct {
	*loop.Env
	*loop.Keyed
	events loop.Recorder
}

// New makes the scheduler.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, events: env.Events("default-scheduler")}
	c.Keyed = loop.New(env, "scheduler", 1, c.sync)
	loop.Watch[*corev1.Pod](c.Keyed, c.ofPod)
	loop.Watch[*corev1.Node](c.Keyed, c.ofNode)
	loop.Watch[*corev1.PersistentVolumeClaim](c.Keyed, c.waiting)
	loop.Watch[*corev1.PersistentVolume](c.Keyed, c.waiting)
	loop.Watch[*storagev1.StorageClass](c.Keyed, c.waiting)
	return c.Keyed
}

// waiting lists all pods that wait for a node.
func (c *controller) waiting(store.Event) []store.Key {
	var keys []store.Key
	for _, p := range store.List[*corev1.Pod](c.Store, "", nil) {
		if waits(p) {
			keys = append(keys, loop.KeyOf(p))
		}
	}
	return keys
}

func waits(p *corev1.Pod) bool {
	return p.Spec.NodeName == "" && p.DeletionTimestamp == nil && !pods.Finished(p) &&
		(p.Spec.SchedulerName == "" || p.Spec.SchedulerName == corev1.DefaultSchedulerName)
}

// ofPod asks for a look at a new pod; and at all that wait when a placed one makes room, or may be wanted near.
func (c *controller) ofPod(e store.Event) []store.Key {
	p := e.Object.(*corev1.Pod)
	if p.Spec.NodeName == "" {
		if e.Type == watch.Deleted || !waits(p) {
			return nil
		}
		if old, ok := e.Old.(*corev1.Pod); ok && equality.Semantic.DeepEqual(old.Spec, p.Spec) && equality.Semantic.DeepEqual(old.Labels, p.Labels) {
			return nil // only its status changed, most likely by the scheduler
		}
		return []store.Key{loop.KeyOf(p)}
	}
	old, ok := e.Old.(*corev1.Pod)
	if e.Type == watch.Deleted || ok && (old.Spec.NodeName == "" || pods.Finished(p) != pods.Finished(old) || !equality.Semantic.DeepEqual(old.Labels, p.Labels)) {
		return c.waiting(e)
	}
	return nil
}

func (c *controller) ofNode(e store.Event) []store.Key {
	n := e.Object.(*corev1.Node)
	if old, ok := e.Old.(*corev1.Node); ok && e.Type == watch.Modified && equality.Semantic.DeepEqual(old.Spec, n.Spec) &&
		equality.Semantic.DeepEqual(old.Labels, n.Labels) && equality.Semantic.DeepEqual(old.Status.Allocatable, n.Status.Allocatable) {
		return nil // a sign of life
	}
	return c.waiting(e)
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	p, err := store.Get[*corev1.Pod](c.Store, key.Namespace, key.Name)
	if err != nil || !waits(p) {
		return loop.IgnoreNotFound(err)
	}
	if len(p.Spec.SchedulingGates) > 0 {
		return c.refuse(ctx, p, corev1.PodReasonSchedulingGated, "Scheduling is blocked due to non-empty scheduling gates", false)
	}
	nodes := store.List[*corev1.Node](c.Store, "", nil)
	if len(nodes) == 0 {
		return c.refuse(ctx, p, corev1.PodReasonUnschedulable, "no nodes available to schedule pods", true)
	}
	v, obstacle := c.volumes(p)
	if obstacle != "" {
		return c.refuse(ctx, p, corev1.PodReasonUnschedulable, fmt.Sprintf("0/%d nodes are available: %s.", len(nodes), obstacle), true)
	}
	reasons := map[string]int{}
	world := c.world()
	for _, n := range nodes {
		why := c.fits(p, n, v, world)
		if len(why) > 0 {
			for _, r := range why {
				reasons[r]++
			}
			continue
		}
		if len(v.unplaced) > 0 {
			return c.selectNode(ctx, v.unplaced, n.Name) // their binding asks for another look
		}
		return c.bind(ctx, p, n.Name)
	}
	return c.refuse(ctx, p, corev1.PodReasonUnschedulable, describe(len(nodes), reasons), true)
}

// describe lists the reasons as Kubernetes' scheduler does: "0/1 nodes are available: 1 Insufficient cpu.".
func describe(nodes int, reasons map[string]int) string {
	var list []string
	for r, n := range reasons {
		list = append(list, fmt.Sprintf("%d %s", n, r))
	}
	sort.Strings(list)
	return fmt.Sprintf("0/%d nodes are available: %s.", nodes, strings.Join(list, ", "))
}

// bind gives the pod its node and says so, in one write.
func (c *controller) bind(ctx context.Context, p *corev1.Pod, node string) error {
	next := p.DeepCopy()
	next.Spec.NodeName = node
	setScheduled(&next.Status, corev1.PodCondition{
		Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: c.Now(), ObservedGeneration: p.Generation,
	})
	if _, err := loop.Update(ctx, c.Store, next, store.WithStatus, store.As("binding")); err != nil {
		return loop.IgnoreNotFound(err)
	}
	c.events.Event(p, corev1.EventTypeNormal, "Scheduled", "Successfully assigned %s/%s to %s", p.Namespace, p.Name, node)
	return nil
}

func (c *controller) refuse(ctx context.Context, p *corev1.Pod, reason, message string, tell bool) error {
	next := p.DeepCopy()
	changed := setScheduled(&next.Status, corev1.PodCondition{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, LastTransitionTime: c.Now(),
		Reason: reason, Message: message, ObservedGeneration: p.Generation,
	})
	if !changed {
		return nil
	}
	if _, err := loop.UpdateStatus(ctx, c.Store, next); err != nil {
		return loop.IgnoreNotFound(err)
	}
	if tell {
		c.events.Event(p, corev1.EventTypeWarning, "FailedScheduling", "%s", message)
	}
	return nil
}

func setScheduled(s *corev1.PodStatus, c corev1.PodCondition) bool {
	i := slices.IndexFunc(s.Conditions, func(o corev1.PodCondition) bool { return o.Type == c.Type })
	if i < 0 {
		s.Conditions = append(s.Conditions, c)
		return true
	}
	was := s.Conditions[i]
	if was.Status == c.Status {
		c.LastTransitionTime = was.LastTransitionTime
	}
	s.Conditions[i] = c
	return was.Status != c.Status || was.Reason != c.Reason || was.Message != c.Message
}

// selectNode tells the binder of volumes where the first consumer of claims will run.
func (c *controller) selectNode(ctx context.Context, claims []*corev1.PersistentVolumeClaim, node string) error {
	for _, claim := range claims {
		if claim.Annotations[selectedNode] == node {
			continue
		}
		next := claim.DeepCopy()
		if next.Annotations == nil {
			next.Annotations = map[string]string{}
		}
		next.Annotations[selectedNode] = node
		if _, err := loop.Update(ctx, c.Store, next); err != nil {
			return loop.IgnoreNotFound(err)
		}
	}
	return nil
}
