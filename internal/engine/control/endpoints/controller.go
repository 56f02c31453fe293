package endpoints

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// ManagedBy is the value of the label endpointslice.kubernetes.io/managed-by on the slices written here.
const ManagedBy = "endpointslice-controller.k8s.io"

var gvk = corev1.SchemeGroupVersion.WithKind("Service")

type controller struct {
	*loop.Env
	*loop.Keyed
}

// New makes the controller of the endpoints of Services.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env}
	c.Keyed = loop.New(env, "endpoints", 4, c.sync)
	loop.Watch[*corev1.Service](c.Keyed, loop.Self)
	loop.Watch[*corev1.Pod](c.Keyed, c.ofPod)
	loop.Watch[*discoveryv1.EndpointSlice](c.Keyed, ofSlice)
	return c.Keyed
}

// ofPod finds the Services that select a pod, or did before it changed.
func (c *controller) ofPod(e store.Event) []store.Key {
	var keys []store.Key
	for _, svc := range store.List[*corev1.Service](c.Store, e.Object.GetNamespace(), nil) {
		if len(svc.Spec.Selector) == 0 {
			continue
		}
		sel := labels.SelectorFromSet(svc.Spec.Selector)
		if sel.Matches(labels.Set(e.Object.GetLabels())) || e.Old != nil && sel.Matches(labels.Set(e.Old.GetLabels())) {
			keys = append(keys, loop.KeyOf(svc))
		}
	}
	return keys
}

func ofSlice(e store.Event) []store.Key {
	l := e.Object.GetLabels()
	if l[discoveryv1.LabelManagedBy] != ManagedBy || l[discoveryv1.LabelServiceName] == "" {
		return nil
	}
	return []store.Key{{Namespace: e.Object.GetNamespace(), Name: l[discoveryv1.LabelServiceName]}}
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	svc, err := store.Get[*corev1.Service](c.Store, key.Namespace, key.Name)
	if err != nil || svc.DeletionTimestamp != nil || svc.Spec.Type == corev1.ServiceTypeExternalName || len(svc.Spec.Selector) == 0 {
		return loop.IgnoreNotFound(err) // slices of a Service that is gone go as its dependents
	}
	list := store.List[*corev1.Pod](c.Store, key.Namespace, labels.SelectorFromSet(svc.Spec.Selector))
	families := svc.Spec.IPFamilies
	if len(families) == 0 {
		families = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	var want []*discoveryv1.EndpointSlice
	for _, f := range families {
		want = append(want, slices(svc, list, f)...)
	}
	return c.write(ctx, svc, want)
}

// write brings the slices there are to the wanted ones: one with the same ports is changed, before any other of the
// same address type, before a new one is made.
func (c *controller) write(ctx context.Context, svc *corev1.Service, want []*discoveryv1.EndpointSlice) error {
	have := store.List[*discoveryv1.EndpointSlice](c.Store, svc.Namespace, labels.SelectorFromSet(labels.Set{
		discoveryv1.LabelServiceName: svc.Name, discoveryv1.LabelManagedBy: ManagedBy,
	}))
	take := func(fits func(*discoveryv1.EndpointSlice) bool) *discoveryv1.EndpointSlice {
		for i, s := range have {
			if s.DeletionTimestamp == nil && fits(s) {
				have = append(have[:i:i], have[i+1:]...)
				return s
			}
		}
		return nil
	}
	found := make([]*discoveryv1.EndpointSlice, len(want))
	for i, w := range want {
		found[i] = take(func(s *discoveryv1.EndpointSlice) bool {
			return s.AddressType == w.AddressType && metav1.IsControlledBy(s, svc) && equality.Semantic.DeepEqual(s.Ports, w.Ports)
		})
	}
	var errs []error
	for i, w := range want {
		if found[i] == nil {
			found[i] = take(func(s *discoveryv1.EndpointSlice) bool {
				return s.AddressType == w.AddressType && metav1.IsControlledBy(s, svc)
			})
		}
		if found[i] == nil {
			_, err := loop.Create(ctx, c.Store, w)
			errs = append(errs, err)
			continue
		}
		next := found[i].DeepCopy()
		next.Labels, next.Ports, next.Endpoints = w.Labels, w.Ports, w.Endpoints
		if !equality.Semantic.DeepEqual(next, found[i]) {
			_, err := loop.Update(ctx, c.Store, next)
			errs = append(errs, err)
		}
	}
	for _, s := range have {
		errs = append(errs, loop.Delete(ctx, c.Store, s, metav1.DeleteOptions{}))
	}
	return errors.Join(errs...)
}
