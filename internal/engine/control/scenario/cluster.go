package scenario

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// Object is a typed Kubernetes object.
type Object interface {
	metav1.Object
	runtime.Object
}

// Behaviour is what the pods of a template do.
type Behaviour string

// Behaviours.
const (
	Serves   Behaviour = "serves"   // becomes ready and stays so until it is told to stop
	Hangs    Behaviour = "hangs"    // runs and never becomes ready
	Succeeds Behaviour = "succeeds" // ends with exit code 0
	Fails    Behaviour = "fails"    // ends with exit code 1
)

// Cluster is a Kubernetes as scenarios see it. All objects are in Namespace, which no other scenario uses; objects
// passed in are filled with what is stored.
type Cluster interface {
	Namespace() string
	Template(Behaviour) corev1.PodTemplateSpec // without labels
	Create(ctx context.Context, obj Object) error
	Get(ctx context.Context, obj Object) error               // by the name in obj
	List(ctx context.Context, like Object) ([]Object, error) // all of the type of like
	Update(ctx context.Context, obj Object) error            // a Conflict if it was changed since it was read
	Delete(ctx context.Context, obj Object, o metav1.DeleteOptions) error
	WatchPods(ctx context.Context, see func(watch.EventType, *corev1.Pod)) error // every pod, then every change, in order
	Strict() bool                                                                // holds what is promised beyond Kubernetes
}

// patience bounds how long a scenario waits for anything.
const patience = 60 * time.Second

// Must fails the test on an error.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Eventually waits until check returns nil, and fails with its last error if it never does.
func Eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// change modifies an object until no other write came between.
func change[T Object](t *testing.T, c Cluster, obj T, f func(T)) {
	t.Helper()
	for {
		Must(t, c.Get(t.Context(), obj))
		f(obj)
		err := c.Update(t.Context(), obj)
		if err == nil {
			return
		}
		if !apierrors.IsConflict(err) {
			t.Fatal(err)
		}
	}
}

func list[T Object](t *testing.T, c Cluster, like T) []T {
	t.Helper()
	objs, err := c.List(t.Context(), like)
	Must(t, err)
	var out []T
	for _, o := range objs {
		out = append(out, o.(T))
	}
	return out
}

// gone checks that an object is not there.
func gone(c Cluster, ctx context.Context, obj Object) error {
	err := c.Get(ctx, obj)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err == nil {
		return fmt.Errorf("%T %s is still there", obj, obj.GetName())
	}
	return err
}

var errNotYet = errors.New("not yet")

func template(c Cluster, b Behaviour, app string) corev1.PodTemplateSpec {
	t := c.Template(b)
	t.Labels = map[string]string{"app": app}
	return t
}

func selector(app string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}
}

func pointer[T any](v T) *T { return &v }
