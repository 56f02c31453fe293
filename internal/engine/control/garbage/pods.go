package garbage

import (
	"context"
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

const (
	// finishedLimit is how many pods that ended are kept; Kubernetes keeps 12500 for a whole cluster.
	finishedLimit = 500
	// quarantine is how long a node may be missing before its pods count as lost; as in Kubernetes.
	quarantine = 40 * time.Second
)

// sweep is the one key of the pod collector.
type sweep struct{}

type podCollector struct {
	*loop.Env
	*loop.Controller[sweep]
	missing map[string]time.Time // nodes that pods name and that do not exist, since when
}

// NewPods makes the collector of pods that ended long ago, and of those whose node is gone.
func NewPods(env *loop.Env) loop.Runner {
	c := &podCollector{Env: env, missing: map[string]time.Time{}}
	c.Controller = loop.New(env, "pod-garbage-collector", 1, c.sync)
	look := func(store.Event) []sweep { return []sweep{{}} }
	loop.Watch[*corev1.Pod](c.Controller, look)
	loop.Watch[*corev1.Node](c.Controller, look)
	return c.Controller
}

func (c *podCollector) sync(ctx context.Context, _ sweep) error {
	var finished []*corev1.Pod
	gone := map[string]bool{}
	for _, p := range store.List[*corev1.Pod](c.Store, "", nil) {
		if pods.Finished(p) && p.DeletionTimestamp == nil {
			finished = append(finished, p)
		}
		if p.Spec.NodeName == "" || p.Spec.NodeName == c.Node {
			continue // the node that this engine is cannot be gone, whoever deleted its object
		}
		if _, err := store.Get[*corev1.Node](c.Store, "", p.Spec.NodeName); err == nil {
			continue
		}
		gone[p.Spec.NodeName] = true
		since, known := c.missing[p.Spec.NodeName]
		if !known {
			since = c.Clock.Now()
			c.missing[p.Spec.NodeName] = since
		}
		if left := quarantine - c.Clock.Since(since); left > 0 {
			c.After(sweep{}, left)
			continue
		}
		if err := c.lose(ctx, p); err != nil {
			return err
		}
	}
	for node := range c.missing {
		if !gone[node] {
			delete(c.missing, node)
		}
	}
	sort.SliceStable(finished, func(i, j int) bool {
		return finished[i].CreationTimestamp.Before(&finished[j].CreationTimestamp)
	})
	for _, p := range finished[:max(len(finished)-finishedLimit, 0)] {
		if err := loop.Delete(ctx, c.Store, p, now()); err != nil {
			return err
		}
	}
	return nil
}

// lose says that a pod failed because its node is gone, and removes it.
func (c *podCollector) lose(ctx context.Context, p *corev1.Pod) error {
	if !pods.Finished(p) {
		at := c.Now()
		_, err := loop.ModifyStatus(ctx, c.Store, p.Namespace, p.Name, func(o *corev1.Pod) error {
			o.Status.Phase = corev1.PodFailed
			o.Status.Conditions = append(o.Status.Conditions, corev1.PodCondition{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, LastTransitionTime: at,
				Reason: "DeletionByPodGC", Message: "PodGC: node no longer exists",
			})
			return nil
		})
		if err != nil {
			return loop.IgnoreNotFound(err)
		}
	}
	return loop.Delete(ctx, c.Store, p, now())
}

func now() metav1.DeleteOptions {
	var zero int64
	return metav1.DeleteOptions{GracePeriodSeconds: &zero}
}
