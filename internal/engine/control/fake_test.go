package control

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
	"github.com/slipway-sh/slipway/internal/engine/control/scenario"
)

// behaves is the annotation by which a pod tells the fake kubelet what its container does.
const behaves = "fake/behaves"

const node = "machine"

// kubelet is a fake: it runs nothing, and only plays what a node writes about pods, after random short delays.
type kubelet struct {
	store *store.Store
	next  atomic.Uint32
}

func startKubelet(t *testing.T, s *store.Store) {
	t.Helper()
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node, Labels: map[string]string{corev1.LabelHostname: node}}}
	n.Status.Allocatable = corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourcePods: resource.MustParse("500"),
	}
	if _, err := store.Create(s, n, store.WithStatus); err != nil {
		t.Fatal(err)
	}
	k := &kubelet{store: s}
	store.Subscribe[*corev1.Pod](t.Context(), s, func(e store.Event) {
		p := e.Object.(*corev1.Pod)
		if e.Type == watch.Deleted || p.Spec.NodeName != node {
			return
		}
		if p.DeletionTimestamp != nil && (e.Old == nil || e.Old.GetDeletionTimestamp() == nil) {
			go k.stop(t.Context(), p)
		}
		if old, ok := e.Old.(*corev1.Pod); !ok || old.Spec.NodeName == "" {
			go k.start(t.Context(), p)
		}
	})
}

func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond):
		return true
	}
}

func (k *kubelet) start(ctx context.Context, p *corev1.Pod) {
	if !pause(ctx) {
		return
	}
	n := k.next.Add(1)
	k.status(p, func(s *corev1.PodStatus) {
		s.Phase = corev1.PodRunning
		s.PodIP = fmt.Sprintf("10.88.%d.%d", n/250, n%250+1)
		s.PodIPs = []corev1.PodIP{{IP: s.PodIP}}
		setReady(s, corev1.ConditionFalse)
	})
	if !pause(ctx) {
		return
	}
	k.status(p, func(s *corev1.PodStatus) {
		switch scenario.Behaviour(p.Annotations[behaves]) {
		case scenario.Serves:
			setReady(s, corev1.ConditionTrue)
		case scenario.Succeeds:
			end(p, s, 0)
		case scenario.Fails:
			end(p, s, 1)
		}
	})
}

func (k *kubelet) stop(ctx context.Context, p *corev1.Pod) {
	if !pause(ctx) {
		return
	}
	k.status(p, func(s *corev1.PodStatus) { setReady(s, corev1.ConditionFalse) })
	if !pause(ctx) {
		return
	}
	k.status(p, func(s *corev1.PodStatus) {
		if s.Phase != corev1.PodSucceeded {
			end(p, s, 137)
		}
	})
	var zero int64
	_ = store.Delete[*corev1.Pod](k.store, p.Namespace, p.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero, Preconditions: store.UIDPreconditions(p.UID)})
}

func end(p *corev1.Pod, s *corev1.PodStatus, code int32) {
	s.Phase = corev1.PodFailed
	if code == 0 {
		s.Phase = corev1.PodSucceeded
	}
	setReady(s, corev1.ConditionFalse)
	s.ContainerStatuses = []corev1.ContainerStatus{{
		Name:  p.Spec.Containers[0].Name,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: metav1.Now()}},
	}}
}

func setReady(s *corev1.PodStatus, v corev1.ConditionStatus) {
	c := corev1.PodCondition{Type: corev1.PodReady, Status: v, LastTransitionTime: metav1.NewTime(time.Now().Truncate(time.Second))}
	for i := range s.Conditions {
		if s.Conditions[i].Type == c.Type {
			s.Conditions[i] = c
			return
		}
	}
	s.Conditions = append(s.Conditions, c)
}

func (k *kubelet) status(p *corev1.Pod, f func(*corev1.PodStatus)) {
	_, _ = store.ModifyStatus(k.store, p.Namespace, p.Name, func(o *corev1.Pod) error {
		if o.UID == p.UID && !pods.Finished(o) {
			f(&o.Status)
		}
		return nil
	})
}
