package autoscaler

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// Period is how often a target is judged.
const Period = 15 * time.Second

// Usage is what a container uses now.
type Usage struct {
	CPUMillis   int64 // thousandths of a processor
	MemoryBytes int64 // working set
}

// Metrics tells what each container of a pod uses; an error means that it is not known yet.
type Metrics func(pod *corev1.Pod) (map[string]Usage, error)

type controller struct {
	*loop.Env
	*loop.Keyed
	events  loop.Recorder
	metrics Metrics
	mu      sync.Mutex
	past    map[store.Key]*past
}

// New makes the controller of HorizontalPodAutoscalers. metrics may be nil, if none are served.
func New(env *loop.Env, metrics Metrics) loop.Runner {
	c := &controller{Env: env, events: env.Events("horizontal-pod-autoscaler"), metrics: metrics, past: map[store.Key]*past{}}
	c.Keyed = loop.New(env, "autoscaler", 1, c.sync)
	loop.Watch[*autoscalingv2.HorizontalPodAutoscaler](c.Keyed, c.ofAutoscaler)
	return c.Keyed
}

// ofAutoscaler asks for a look when a spec changed, not when its status was written.
func (c *controller) ofAutoscaler(e store.Event) []store.Key {
	if e.Type == watch.Deleted {
		c.mu.Lock()
		delete(c.past, loop.KeyOf(e.Object))
		c.mu.Unlock()
		return nil
	}
	if e.Old != nil && e.Old.GetGeneration() == e.Object.GetGeneration() {
		return nil
	}
	return loop.Self(e)
}

func (c *controller) pastOf(key store.Key) *past {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.past[key] == nil {
		c.past[key] = &past{}
	}
	return c.past[key]
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	stored, err := store.Get[*autoscalingv2.HorizontalPodAutoscaler](c.Store, key.Namespace, key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	c.After(key, Period)
	l := &look{controller: c, ctx: ctx, hpa: stored.DeepCopy(), past: c.pastOf(key)}
	err = l.step()
	if !equality.Semantic.DeepEqual(stored.Status, l.hpa.Status) {
		_, werr := loop.UpdateStatus(ctx, c.Store, l.hpa)
		if werr = loop.IgnoreNotFound(werr); err == nil {
			err = werr
		}
	}
	return err
}

// look is one look at one autoscaler.
type look struct {
	*controller
	ctx  context.Context
	hpa  *autoscalingv2.HorizontalPodAutoscaler // a copy; its status is saved at the end of the look
	past *past
}

func (l *look) step() error {
	ref := l.hpa.Spec.ScaleTargetRef
	t, err := findTarget(l.Store, l.hpa.Namespace, ref)
	if err != nil {
		l.events.Event(l.hpa, corev1.EventTypeWarning, "FailedGetScale", "%v", err)
		l.set(autoscalingv2.AbleToScale, false, "FailedGetScale", fmt.Sprintf("the HPA controller was unable to get the target's current scale: %v", err))
		return nil
	}
	l.set(autoscalingv2.AbleToScale, true, "SucceededGetScale", "the HPA controller was able to get the target's current scale")
	least := int32(1)
	if l.hpa.Spec.MinReplicas != nil {
		least = *l.hpa.Spec.MinReplicas
	}
	current, most := t.replicas, l.hpa.Spec.MaxReplicas
	desired, reason := current, ""
	var measured []autoscalingv2.MetricStatus
	l.past.begin(current, l.Clock.Now())
	switch {
	case current == 0 && least != 0:
		l.set(autoscalingv2.ScalingActive, false, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
	case current > most:
		desired, reason = most, "Current number of replicas above Spec.MaxReplicas"
	case current < least:
		desired, reason = least, "Current number of replicas below Spec.MinReplicas"
	default:
		proposal, metric, statuses, ok := l.propose(t)
		if !ok {
			l.status(current, current, statuses)
			return nil
		}
		measured = statuses
		reason = "All metrics below target"
		if proposal > current {
			reason = metric + " above target"
		}
		desired = l.normalize(current, proposal, least)
	}
	if desired == current {
		l.status(current, desired, measured)
		return nil
	}
	if err := t.scale(l.ctx, l.Store, desired); err != nil {
		l.events.Event(l.hpa, corev1.EventTypeWarning, "FailedRescale", "New size: %d; reason: %s; error: %v", desired, reason, err)
		l.set(autoscalingv2.AbleToScale, false, "FailedUpdateScale", fmt.Sprintf("the HPA controller was unable to update the target scale: %v", err))
		l.status(current, desired, measured)
		return loop.IgnoreNotFound(err)
	}
	l.set(autoscalingv2.AbleToScale, true, "SucceededRescale", fmt.Sprintf("the HPA controller was able to update the target scale to %d", desired))
	l.events.Event(l.hpa, corev1.EventTypeNormal, "SuccessfulRescale", "New size: %d; reason: %s", desired, reason)
	l.past.scaled(desired-current, l.Clock.Now())
	now := l.Now()
	l.hpa.Status.LastScaleTime = &now
	l.status(current, desired, measured)
	return nil
}

func (l *look) status(current, desired int32, measured []autoscalingv2.MetricStatus) {
	l.hpa.Status.CurrentReplicas, l.hpa.Status.DesiredReplicas, l.hpa.Status.CurrentMetrics = current, desired, measured
}

// set changes a condition; its time only with its status.
func (l *look) set(t autoscalingv2.HorizontalPodAutoscalerConditionType, yes bool, reason, message string) {
	c := autoscalingv2.HorizontalPodAutoscalerCondition{Type: t, Status: corev1.ConditionFalse, LastTransitionTime: l.Now(), Reason: reason, Message: message}
	if yes {
		c.Status = corev1.ConditionTrue
	}
	list := &l.hpa.Status.Conditions
	i := slices.IndexFunc(*list, func(o autoscalingv2.HorizontalPodAutoscalerCondition) bool { return o.Type == t })
	if i < 0 {
		*list = append(*list, c)
		return
	}
	if (*list)[i].Status == c.Status {
		c.LastTransitionTime = (*list)[i].LastTransitionTime
	}
	(*list)[i] = c
}
