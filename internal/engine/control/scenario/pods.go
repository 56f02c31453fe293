package scenario

import (
	"context"
	"fmt"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// observer keeps the pods of an app as a watch shows them, and the first violation of an invariant.
type observer struct {
	mu        sync.Mutex
	app       string
	pods      map[types.UID]*corev1.Pod
	invariant func(active, ready, existing int) string
	violation string
	created   []string
}

// observe checks an invariant at every change of the pods of an app, until the test ends.
func observe(t *testing.T, c Cluster, app string) *observer {
	t.Helper()
	o := &observer{app: app, pods: map[types.UID]*corev1.Pod{}}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	Must(t, c.WatchPods(ctx, o.see))
	return o
}

func (o *observer) see(e watch.EventType, p *corev1.Pod) {
	if p.Labels["app"] != o.app {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if e == watch.Deleted {
		delete(o.pods, p.UID)
	} else {
		if _, known := o.pods[p.UID]; !known {
			o.created = append(o.created, p.Name)
		}
		o.pods[p.UID] = p
	}
	if o.invariant == nil || o.violation != "" {
		return
	}
	active, ready := 0, 0
	for _, p := range o.pods {
		if activePod(p) {
			active++
			if readyPod(p) {
				ready++
			}
		}
	}
	if v := o.invariant(active, ready, len(o.pods)); v != "" {
		o.violation = fmt.Sprintf("%s after %s %s (%s)", v, e, p.Name, p.Status.Phase)
	}
}

// hold begins to check an invariant; nil ends it.
func (o *observer) hold(f func(active, ready, existing int) string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.invariant = f
}

// check fails the test if an invariant was violated.
func (o *observer) check(t *testing.T) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.violation != "" {
		t.Error(o.violation)
	}
}

// order is the names of the pods in the order in which they were created.
func (o *observer) order() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.created...)
}

func activePod(p *corev1.Pod) bool {
	return p.DeletionTimestamp == nil && p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed
}

func readyPod(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// saw waits until the watch has shown n pods, and fails if it shows more.
func (o *observer) saw(t *testing.T, n int) {
	t.Helper()
	Eventually(t, fmt.Sprintf("%d pods", n), func() error {
		if len(o.order()) < n {
			return errNotYet
		}
		return nil
	})
	if names := o.order(); len(names) > n {
		t.Errorf("%d pods were created instead of %d: %v", len(names), n, names)
	}
}
