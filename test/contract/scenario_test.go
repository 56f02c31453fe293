package contract

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/slipway-sh/slipway/internal/engine/control/scenario"
	"github.com/slipway-sh/slipway/test/harness"
)

// atOnce is as many scenarios as a machine with two processors bears without losing its patience.
const atOnce = 4

func runScenarios(t *testing.T, tg *harness.Target) {
	places := make(chan struct{}, atOnce)
	for _, s := range scenario.All {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			places <- struct{}{}
			defer func() { <-places }()
			s.Run(t, newCluster(t, tg))
		})
	}
}

// cluster offers a target to scenarios.
type cluster struct {
	*harness.Target
	dynamic   dynamic.Interface
	namespace string
}

func newCluster(t *testing.T, tg *harness.Target) *cluster {
	t.Helper()
	ns, err := tg.Client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		zero := int64(0)
		ctx := context.Background() // the test's has ended
		if t.Failed() {
			report(t, tg, ns.Name)
		}
		_ = tg.Client.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{})
		_ = tg.Client.CoreV1().Pods(ns.Name).DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &zero}, metav1.ListOptions{})
	})
	cfg := rest.CopyConfig(tg.Config)
	cfg.WarningHandler = rest.NoWarnings{}
	return &cluster{tg, dynamic.NewForConfigOrDie(cfg), ns.Name}
}

// report says of a scenario that failed what became of its pods.
func report(t *testing.T, tg *harness.Target, namespace string) {
	t.Helper()
	ctx := context.Background()
	if pods, err := tg.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, p := range pods.Items {
			t.Logf("pod %s, deleted %v: %+v", p.Name, p.DeletionTimestamp, p.Status)
		}
	}
	if events, err := tg.Client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{}); err == nil {
		for _, e := range events.Items {
			t.Logf("%s %s %s: %s", e.LastTimestamp.Format(time.TimeOnly), e.InvolvedObject.Name, e.Reason, e.Message)
		}
	}
}

func (c *cluster) Namespace() string { return c.namespace }
func (c *cluster) Strict() bool      { return c.Root != "" }

func (c *cluster) Template(b scenario.Behaviour) corev1.PodTemplateSpec {
	main := corev1.Container{Name: "main", Image: "behaviour:1", Args: []string{string(b)}}
	if b == scenario.Hangs {
		main.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"/behaviour", "fails"}}}}
	}
	return corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{main}}}
}

// plurals that are not the kind with an s.
var plurals = map[string]string{"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}

func (c *cluster) of(obj runtime.Object) (dynamic.ResourceInterface, schema.GroupVersionKind) {
	kinds, _, err := scheme.Scheme.ObjectKinds(obj)
	if err != nil {
		panic(err)
	}
	gvk := kinds[0]
	plural := plurals[gvk.Kind]
	if plural == "" {
		plural = strings.ToLower(gvk.Kind) + "s"
	}
	r := c.dynamic.Resource(gvk.GroupVersion().WithResource(plural))
	if gvk.Kind == "Namespace" || gvk.Kind == "PersistentVolume" {
		return r, gvk
	}
	return r.Namespace(c.namespace), gvk
}

func (c *cluster) Create(ctx context.Context, obj scenario.Object) error {
	r, gvk := c.of(obj)
	u, err := untyped(obj, gvk)
	if err != nil {
		return err
	}
	u, err = r.Create(ctx, u, metav1.CreateOptions{})
	return into(obj, u, err)
}

func (c *cluster) Get(ctx context.Context, obj scenario.Object) error {
	r, _ := c.of(obj)
	u, err := r.Get(ctx, obj.GetName(), metav1.GetOptions{})
	return into(obj, u, err)
}

func (c *cluster) List(ctx context.Context, like scenario.Object) ([]scenario.Object, error) {
	r, _ := c.of(like)
	list, err := r.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var out []scenario.Object
	for i := range list.Items {
		obj := reflect.New(reflect.TypeOf(like).Elem()).Interface().(scenario.Object)
		if err := into(obj, &list.Items[i], nil); err != nil {
			return nil, err
		}
		out = append(out, obj)
	}
	return out, nil
}

func (c *cluster) Update(ctx context.Context, obj scenario.Object) error {
	r, gvk := c.of(obj)
	u, err := untyped(obj, gvk)
	if err != nil {
		return err
	}
	u, err = r.Update(ctx, u, metav1.UpdateOptions{})
	return into(obj, u, err)
}

func (c *cluster) Delete(ctx context.Context, obj scenario.Object, o metav1.DeleteOptions) error {
	r, _ := c.of(obj)
	return r.Delete(ctx, obj.GetName(), o)
}

// WatchPods lists and watches from the list's version, as informers do, and goes on where a watch ends.
func (c *cluster) WatchPods(ctx context.Context, see func(watch.EventType, *corev1.Pod)) error {
	pods := c.Client.CoreV1().Pods(c.namespace)
	list, err := pods.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range list.Items {
		see(watch.Added, &list.Items[i])
	}
	version := list.ResourceVersion
	go func() {
		for ctx.Err() == nil {
			w, err := pods.Watch(ctx, metav1.ListOptions{ResourceVersion: version})
			if err != nil {
				time.Sleep(10 * time.Millisecond)
				continue
			}
			for e := range w.ResultChan() {
				if p, ok := e.Object.(*corev1.Pod); ok {
					version = p.ResourceVersion
					see(e.Type, p)
				}
			}
		}
	}()
	return nil
}

func untyped(obj runtime.Object, gvk schema.GroupVersionKind) (*unstructured.Unstructured, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, err
	}
	u := &unstructured.Unstructured{Object: m}
	u.SetGroupVersionKind(gvk)
	return u, nil
}

// into fills obj with what was answered, and nothing of what it was.
func into(obj scenario.Object, u *unstructured.Unstructured, err error) error {
	if err != nil {
		return err
	}
	fresh := reflect.New(reflect.TypeOf(obj).Elem())
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, fresh.Interface()); err != nil {
		return err
	}
	reflect.ValueOf(obj).Elem().Set(fresh.Elem())
	return nil
}
