package pods

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPodsAreDeletedInKubernetesOrder(t *testing.T) {
	now := time.Now()
	pod := func(name string, change func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(now.Add(-time.Hour))}}
		p.Spec.NodeName = "machine"
		p.Status.Phase = corev1.PodRunning
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now.Add(-time.Hour))}}
		change(p)
		return p
	}
	want := []*corev1.Pod{
		pod("not placed", func(p *corev1.Pod) { p.Spec.NodeName, p.Status.Phase = "", corev1.PodPending }),
		pod("pending", func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending }),
		pod("not ready", func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionFalse }),
		pod("cheap", func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.PodDeletionCost: "-1"} }),
		pod("ready for a minute", func(p *corev1.Pod) {
			p.Status.Conditions[0].LastTransitionTime = metav1.NewTime(now.Add(-time.Minute))
		}),
		pod("restarted", func(p *corev1.Pod) { p.Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: 3}} }),
		pod("young", func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(now.Add(-time.Minute)) }),
		pod("old", func(*corev1.Pod) {}),
		pod("dear", func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.PodDeletionCost: "1"} }),
	}
	for range 20 {
		got := append([]*corev1.Pod(nil), want...)
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		SortForDeletion(got, now)
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("place %d: %q, want %q", i, got[i].Name, want[i].Name)
			}
		}
	}
}

func TestSlowStartStopsAfterABatchThatFailed(t *testing.T) {
	tried := make([]bool, 20)
	done, err := SlowStart(20, func(i int) error {
		tried[i] = true
		if i == 4 {
			return fmt.Errorf("refused")
		}
		return nil
	})
	if err == nil || done != 6 || !tried[6] || tried[7] {
		t.Errorf("%d done, %v, tried %v", done, err, tried)
	}
}
