package fake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/exec"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// Machine is the name of the node that the kubelet plays.
const Machine = "machine"

// kubelet is a fake: it runs nothing, and plays what a node says about pods by the name of their image.
type kubelet struct {
	client kubernetes.Interface
	next   atomic.Uint32
	log    func(string, ...any)
}

func startKubelet(t testing.TB, client kubernetes.Interface) {
	t.Helper()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: Machine, Labels: map[string]string{corev1.LabelHostname: Machine}}}
	node.Status.Allocatable = corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourcePods: resource.MustParse("500"),
	}
	if _, err := client.CoreV1().Nodes().Create(t.Context(), node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	status, err := json.Marshal(map[string]any{"status": node.Status})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Nodes().Patch(t.Context(), Machine, types.MergePatchType, status, metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
	// Cleanups of the test come after its context, and need the kubelet.
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	w, err := client.CoreV1().Pods("").Watch(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		t.Fatal(err)
	}
	k := &kubelet{client: client, log: t.Logf}
	go func() {
		started, stopped := map[types.UID]bool{}, map[types.UID]bool{}
		for e := range w.ResultChan() {
			p, ok := e.Object.(*corev1.Pod)
			if !ok || p.Spec.NodeName != Machine || e.Type == watch.Deleted {
				continue
			}
			if !started[p.UID] {
				started[p.UID] = true
				go k.start(ctx, p)
			}
			if p.DeletionTimestamp != nil && !stopped[p.UID] {
				stopped[p.UID] = true
				zero := int64(0)
				_ = client.CoreV1().Pods(p.Namespace).Delete(ctx, p.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero})
			}
		}
	}()
}

func (k *kubelet) start(ctx context.Context, p *corev1.Pod) {
	n := k.next.Add(1)
	s := &corev1.PodStatus{Phase: corev1.PodRunning, PodIP: fmt.Sprintf("10.88.%d.%d", n/250, n%250+1)}
	c := corev1.ContainerStatus{Name: p.Spec.Containers[0].Name, Image: p.Spec.Containers[0].Image}
	switch behaviour, _, _ := strings.Cut(p.Spec.Containers[0].Image, ":"); behaviour {
	case "serves":
		c.Ready, c.State.Running = true, &corev1.ContainerStateRunning{StartedAt: metav1.Now()}
	case "never-ready":
		c.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.Now()}
		k.event(ctx, p, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
	case "crashes":
		for c.RestartCount < 3 {
			c.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}
			c.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 3, Reason: "Error"}
			c.RestartCount++
			s.ContainerStatuses = []corev1.ContainerStatus{c}
			k.status(ctx, p, s)
		}
		return
	case "missing":
		s.Phase = corev1.PodPending
		c.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "docker.io/library/missing: not found"}
	case "completes":
		s.Phase = corev1.PodSucceeded
		c.State.Terminated = &corev1.ContainerStateTerminated{Reason: "Completed", FinishedAt: metav1.Now()}
	case "fails":
		s.Phase = corev1.PodFailed
		c.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: 7, Reason: "Error", FinishedAt: metav1.Now()}
	}
	s.ContainerStatuses = []corev1.ContainerStatus{c}
	k.status(ctx, p, s)
}

func (k *kubelet) status(ctx context.Context, p *corev1.Pod, s *corev1.PodStatus) {
	ready := corev1.ConditionFalse
	if s.ContainerStatuses[0].Ready {
		ready = corev1.ConditionTrue
	}
	s.PodIPs = []corev1.PodIP{{IP: s.PodIP}}
	s.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: metav1.NewTime(time.Now().Truncate(time.Second))}}
	patch, err := json.Marshal(map[string]any{"status": s})
	if err == nil {
		_, err = k.client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	}
	if err != nil && !apierrors.IsNotFound(err) && ctx.Err() == nil {
		k.log("pod %s: %v", p.Name, err)
	}
}

func (k *kubelet) event(ctx context.Context, p *corev1.Pod, reason, message string) {
	_, _ = k.client.CoreV1().Events(p.Namespace).Create(ctx, &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{GenerateName: p.Name + ".", Namespace: p.Namespace},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
		Reason:         reason, Message: message, Type: corev1.EventTypeWarning, LastTimestamp: metav1.Now(), FirstTimestamp: metav1.Now(), Count: 1,
	}, metav1.CreateOptions{})
}

// node gives the API the logs of containers that never ran.
type node struct{}

func (node) Logs(_ context.Context, pod *corev1.Pod, _ *corev1.PodLogOptions, out io.Writer) error {
	for i := range 20 {
		fmt.Fprintf(out, "%s says line %d\n", pod.Spec.Containers[0].Name, i)
	}
	return nil
}

// Exec says what it was asked; "exit N" ends with that code.
func (node) Exec(_ context.Context, pod *corev1.Pod, container string, command []string, s stdio.Streams) error {
	if len(command) == 2 && command[0] == "exit" {
		code, err := strconv.Atoi(command[1])
		if err != nil {
			return err
		}
		return exec.CodeExitError{Err: fmt.Errorf("exit code %d", code), Code: code}
	}
	fmt.Fprintf(s.Stdout, "%s in %s of %s\n", strings.Join(command, " "), container, pod.Labels["app.kubernetes.io/name"])
	if s.Stdin != nil {
		_, err := io.Copy(s.Stdout, s.Stdin)
		return err
	}
	return nil
}

func (node) PortForward(context.Context, *corev1.Pod, int32) (io.ReadWriteCloser, error) {
	return nil, errors.New("nothing runs here")
}
