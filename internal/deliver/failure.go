package deliver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ErrNotReady says that a workload did not become ready.
var ErrNotReady = errors.New("not ready")

// Failure is one workload that did not become ready, and what a person needs to know about it.
type Failure struct {
	Object    Ref
	Reason    string
	Pod       string   // empty when no pod is to blame
	Container string   // of Pod
	Log       []string // last lines of the container
	Next      string   // what to do about it; empty when the log says it
}

// Error is the object and the reason, then the log and the next step on lines of their own.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Object, f.Reason)
	if len(f.Log) > 0 {
		fmt.Fprintf(&b, "\n  last lines of container %s in pod %s:", f.Container, f.Pod)
		for _, line := range f.Log {
			b.WriteString("\n    " + line)
		}
	}
	if f.Next != "" {
		b.WriteString("\n  next: " + f.Next)
	}
	return b.String()
}

// Is makes every failure ErrNotReady.
func (f *Failure) Is(err error) bool { return err == ErrNotReady }

// logLines is how much of a failing container's log an error shows.
const logLines = 10

// explain turns the verdict over a workload into what a person reads.
func (w *waiter) explain(ctx context.Context, t *waited, late error) error {
	w.catchUp(ctx, t.ref.Namespace)
	if v := w.standing(t, time.Now()); v.phase != Ready && v.message != "" {
		t.last = v
	}
	v := t.last
	f := &Failure{Object: t.ref, Reason: v.message, Container: v.container, Next: v.next}
	if v.phase != Failed && late != nil {
		f.Reason = join2(late.Error(), v.message)
	}
	if v.pod == nil {
		return f
	}
	f.Pod = v.pod.Name
	if answer := w.probeAnswer(v.pod); answer != "" && !strings.Contains(f.Reason, answer) {
		f.Reason += "; " + answer
	}
	if v.container != "" {
		f.Log = w.target.lastLines(ctx, v.pod, v.container)
	}
	return f
}

// catchUp asks for what the watches may not have brought yet: a Job can be seen to have failed before its pod is.
func (w *waiter) catchUp(ctx context.Context, namespace string) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, resource := range []schema.GroupVersionResource{podsResource, eventsResource} {
		list, err := w.target.dynamic.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			continue // what was seen has to do
		}
		c := change{watching: watching{resource, namespace}, all: true}
		for i := range list.Items {
			c.objects = append(c.objects, &list.Items[i])
		}
		w.take(c)
	}
}

// lastLines are the last lines of a container, of the one before if it has not started again; none if there are none.
func (t *Target) lastLines(ctx context.Context, pod *corev1.Pod, container string) []string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, previous := range []bool{restarting(pod, container), !restarting(pod, container)} {
		lines := int64(logLines)
		out, err := t.core.Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{
			Container: container, TailLines: &lines, Previous: previous,
		}).DoRaw(ctx)
		if err != nil || len(bytes.TrimSpace(out)) == 0 {
			continue
		}
		var found []string
		for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
			found = append(found, strings.TrimRight(s.Text(), " \r"))
		}
		return found[max(0, len(found)-logLines):]
	}
	return nil
}

func restarting(pod *corev1.Pod, container string) bool {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, c := range list {
			if c.Name == container {
				return c.State.Waiting != nil && c.RestartCount > 0
			}
		}
	}
	return false
}
