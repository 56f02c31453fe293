package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control"
)

// gatewayMap is the ConfigMap in kube-system that tells where the gateway answers, as any cluster could.
const gatewayMap = "slipway-gateway"

// run lets every room work until ctx ends or one of them fails.
func (e *engine) run(ctx context.Context) error {
	begin := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	room := func(name string, run func(context.Context) error) {
		g.Go(func() error {
			if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	room("network", e.network.Run)
	room("gateway", e.gateway.Run)
	room("node", e.node.Run)
	room("control", func(ctx context.Context) error {
		return control.Run(ctx, control.Options{Store: e.store, Events: e.recorder, Home: e.Home, NodeName: e.name, Metrics: e.usage, Log: e.Log.With("room", "control")})
	})
	room("api", e.api.Serve)
	room("log", func(ctx context.Context) error {
		if err := tendLog(ctx, e.Home.EngineLog()); err != nil {
			e.Log.Warn("the log grows", "error", err)
		}
		return nil
	})
	if err := e.announce(); err != nil {
		cancel()
		return errors.Join(err, g.Wait()) // the store is closed when nobody writes to it any more
	}
	e.Log.Info("engine runs", "api", e.api.URL(), "gateway", e.gateway.Address(), "kubeconfig", e.Home.Kubeconfig(), "after", time.Since(begin).Round(time.Millisecond))
	err := g.Wait()
	e.Log.Info("engine stops; its containers go on")
	return err
}

// announce writes down where the gateway answers, and under which class.
func (e *engine) announce() error {
	_, err := store.Create(e.store, &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{Name: "slipway", Annotations: map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"}},
		Spec:       networkingv1.IngressClassSpec{Controller: "slipway.dev/gateway"},
	})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("ingressclass slipway: %w", err)
	}
	data := map[string]string{"url": e.gateway.Address()}
	_, err = store.Create(e.store, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: gatewayMap}, Data: data})
	if apierrors.IsAlreadyExists(err) {
		_, err = store.Modify(e.store, metav1.NamespaceSystem, gatewayMap, func(m *corev1.ConfigMap) error {
			m.Data = data
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("configmap %s/%s: %w", metav1.NamespaceSystem, gatewayMap, err)
	}
	return nil
}

// usage is what the node measures, in the words of the autoscaler.
func (e *engine) usage(pod *corev1.Pod) (map[string]control.Usage, error) {
	measured, err := e.node.Usage(pod)
	out := make(map[string]control.Usage, len(measured))
	for name, u := range measured {
		out[name] = control.Usage(u)
	}
	return out, err
}
