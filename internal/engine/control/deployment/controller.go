package deployment

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

var gvk = appsv1.SchemeGroupVersion.WithKind("Deployment")

type controller struct {
	*loop.Env
	*loop.Keyed
	events loop.Recorder
}

// New makes the controller of Deployments.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, events: env.Events("deployment-controller")}
	c.Keyed = loop.New(env, "deployment", 4, c.sync)
	loop.Watch[*appsv1.Deployment](c.Keyed, loop.Self)
	loop.Watch[*appsv1.ReplicaSet](c.Keyed, loop.OwnerOrMatch(env.Store, "Deployment", selectorOf))
	loop.Watch[*corev1.Pod](c.Keyed, c.ofGonePod)
	return c.Keyed
}

func selectorOf(d *appsv1.Deployment) *metav1.LabelSelector { return d.Spec.Selector }

// ofGonePod finds the Deployment whose strategy Recreate may wait for the end of a pod.
func (c *controller) ofGonePod(e store.Event) []store.Key {
	ref := metav1.GetControllerOfNoCopy(e.Object)
	if e.Type != watch.Deleted || ref == nil || ref.Kind != "ReplicaSet" {
		return nil
	}
	rs, err := store.Get[*appsv1.ReplicaSet](c.Store, e.Object.GetNamespace(), ref.Name)
	if err != nil {
		return nil
	}
	return loop.Owner("Deployment")(store.Event{Object: rs})
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	d, err := store.Get[*appsv1.Deployment](c.Store, key.Namespace, key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	sel, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	if err != nil {
		return fmt.Errorf("deployment %s/%s: selector: %w", key.Namespace, key.Name, err)
	}
	r := &rollout{controller: c, ctx: ctx, d: d.DeepCopy()}
	if sel.Empty() {
		c.events.Event(d, corev1.EventTypeWarning, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.")
		r.d.Status.ObservedGeneration = d.Generation
		return r.save(d)
	}
	owned, err := pods.Claim(ctx, c.Store, d, gvk, sel, store.List[*appsv1.ReplicaSet](c.Store, d.Namespace, nil), nil, nil)
	if err != nil {
		return err
	}
	r.sort(owned)
	return errors.Join(r.step(), r.save(d))
}

// rollout is one look at one Deployment.
type rollout struct {
	*controller
	ctx     context.Context
	d       *appsv1.Deployment // a copy, saved at the end of the look
	current *appsv1.ReplicaSet // of the present template; nil while there is none
	old     []*appsv1.ReplicaSet
	scaled  bool // a ReplicaSet was given another size
}

func (r *rollout) step() error {
	if r.d.DeletionTimestamp != nil {
		r.countReplicas()
		return nil
	}
	r.notePause()
	if r.current != nil {
		if err := r.syncRevision(); err != nil {
			return err
		}
	}
	switch {
	case r.d.Spec.Paused || r.resized():
		if err := r.spread(); err != nil {
			return err
		}
		if r.d.Spec.Paused {
			if err := r.forget(); err != nil {
				return err
			}
		}
		r.countReplicas()
		return nil
	case r.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		if err := r.recreate(); err != nil {
			return err
		}
	default:
		if err := r.roll(); err != nil {
			return err
		}
	}
	if !r.scaled && complete(r.d, &r.d.Status) {
		if err := r.forget(); err != nil {
			return err
		}
	}
	r.judge()
	return nil
}

// save writes what the look changed in the Deployment: its status and revision, in one write, if anything.
func (r *rollout) save(stored *appsv1.Deployment) error {
	if equality.Semantic.DeepEqual(stored, r.d) {
		return nil
	}
	_, err := loop.Update(r.ctx, r.Store, r.d, store.WithStatus)
	return loop.IgnoreNotFound(err)
}
