package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/clock"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/api/support"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/scenario"
	"github.com/slipway-sh/slipway/internal/engine/control/volume"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
	"github.com/slipway-sh/slipway/internal/objects/validate"
)

// events is a fake recorder that keeps the reasons it was told.
type events struct {
	mu   sync.Mutex
	seen []string
}

func (e *events) Event(obj store.Object, _, reason, format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, fmt.Sprintf("%s %s: %s", obj.GetName(), reason, fmt.Sprintf(format, args...)))
}

func (e *events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.seen, "\n")
}

// machine is a store in memory with a fake kubelet and the real controllers.
type machine struct {
	store   *store.Store
	volumes string
	events  *events
	clock   clock.WithTicker
	metrics func(*corev1.Pod) (map[string]Usage, error)
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	s := store.New()
	s.Admit(inNamespace(s))
	s.Admit(volume.Admit(s))
	s.Admit(setDefaults)
	s.Admit(judge)
	m := &machine{store: s, volumes: t.TempDir(), events: &events{}, clock: clock.RealClock{}}
	startKubelet(t, s)
	return m
}

// setDefaults does what the API's admission does.
func setDefaults(r *store.Request) error {
	switch {
	case r.Operation == store.OpCreate && r.Options.KeepStatus:
		defaults.Set(r.Object)
	case r.Operation == store.OpCreate:
		defaults.Create(r.Object)
	case r.Operation == store.OpUpdate && r.Subresource == "":
		defaults.Update(r.Object, r.Old)
	}
	return nil
}

// judge refuses what the API refuses, also from controllers.
func judge(r *store.Request) error {
	var errs field.ErrorList
	switch {
	case r.Operation == store.OpCreate:
		errs = validate.Create(r.Object)
	case r.Operation == store.OpUpdate && r.Subresource == "":
		errs = validate.Update(r.Object, r.Old)
	}
	if len(errs) == 0 && r.Operation != store.OpDelete {
		errs = support.Check(r.Object)
	}
	if len(errs) > 0 {
		return apierrors.NewInvalid(r.Kind.GVK.GroupKind(), r.Object.GetName(), errs)
	}
	return nil
}

// inNamespace is a fake of the API's admission: nothing is created in a namespace that is missing or going.
func inNamespace(s *store.Store) store.Admission {
	return func(r *store.Request) error {
		if r.Operation != store.OpCreate || !r.Kind.Namespaced {
			return nil
		}
		ns, err := store.Get[*corev1.Namespace](s, "", r.Object.GetNamespace())
		if err != nil || ns.DeletionTimestamp == nil {
			return err
		}
		refusal := apierrors.NewForbidden(r.Kind.GR(), r.Object.GetName(), errors.New("the namespace is being terminated"))
		refusal.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
		return refusal
	}
}

func (m *machine) env(t *testing.T) *loop.Env {
	return &loop.Env{
		Store: m.store, Clock: m.clock, Node: node, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Events: func(string) loop.Recorder { return m.events },
	}
}

// run runs all controllers until ctx ends.
func (m *machine) run(ctx context.Context, t *testing.T) {
	runAll(ctx, controllers(m.env(t), m.volumes, m.metrics))
}

// start runs all controllers until the test ends.
func (m *machine) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { m.run(ctx, t); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
}

var errKilled = errors.New("killed")

// startChaos kills all controllers before a random one of their next writes, and starts them again, until the test
// ends; deaths counts how often.
func (m *machine) startChaos(t *testing.T, seed uint64, deaths *atomic.Int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	rng := rand.New(rand.NewPCG(seed, 0))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			life, kill := context.WithCancel(ctx)
			var left atomic.Int64
			left.Store(1 + rng.Int64N(6))
			gated := loop.WithGate(life, func() error {
				if left.Add(-1) < 0 {
					kill()
					return errKilled
				}
				return nil
			})
			m.run(gated, t)
			kill()
			deaths.Add(1)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// cluster offers the machine to scenarios.
type cluster struct {
	*machine
	namespace string
}

func newCluster(t *testing.T, m *machine) *cluster {
	t.Helper()
	ns, err := store.Create(m.store, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}})
	if err != nil {
		t.Fatal(err)
	}
	return &cluster{m, ns.Name}
}

func (c *cluster) Namespace() string { return c.namespace }
func (c *cluster) Strict() bool      { return true }

func (c *cluster) Template(b scenario.Behaviour) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{behaves: string(b)}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "fake"}}},
	}
}

// fill makes obj what is stored.
func fill(obj scenario.Object, stored store.Object, err error) error {
	if err == nil {
		reflect.ValueOf(obj).Elem().Set(reflect.ValueOf(stored.DeepCopyObject()).Elem())
	}
	return err
}

func (c *cluster) Create(_ context.Context, obj scenario.Object) error {
	stored, err := c.store.Create(obj)
	return fill(obj, stored, err)
}

func (c *cluster) Get(_ context.Context, obj scenario.Object) error {
	stored, err := c.store.Get(store.KindOf(obj), loop.KeyOf(obj))
	return fill(obj, stored, err)
}

func (c *cluster) List(_ context.Context, like scenario.Object) ([]scenario.Object, error) {
	k := store.KindOf(like)
	ns := c.namespace
	if !k.Namespaced {
		ns = ""
	}
	objs, _ := c.store.List(k, ns)
	var out []scenario.Object
	for _, o := range objs {
		out = append(out, o.DeepCopyObject().(scenario.Object))
	}
	return out, nil
}

func (c *cluster) Update(_ context.Context, obj scenario.Object) error {
	stored, err := c.store.Update(obj)
	return fill(obj, stored, err)
}

func (c *cluster) Delete(_ context.Context, obj scenario.Object, o metav1.DeleteOptions) error {
	_, _, err := c.store.Delete(store.KindOf(obj), loop.KeyOf(obj), o)
	return err
}

func (c *cluster) WatchPods(ctx context.Context, see func(watch.EventType, *corev1.Pod)) error {
	store.Subscribe[*corev1.Pod](ctx, c.store, func(e store.Event) {
		if e.Object.GetNamespace() == c.namespace {
			see(e.Type, e.Object.(*corev1.Pod))
		}
	})
	return nil
}

// settle waits until the machine has written nothing for a while, and returns the version it rests at.
func (m *machine) settle(t *testing.T) uint64 {
	t.Helper()
	for range 200 {
		v := m.store.Version()
		time.Sleep(100 * time.Millisecond)
		if m.store.Version() == v {
			return v
		}
	}
	t.Fatal("the machine does not come to rest")
	return 0
}
