package node_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// pod is a pod of one container that runs the guest program.
func pod(name string, args ...string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec:       corev1.PodSpec{NodeName: "here", Containers: []corev1.Container{ctr("main", args...)}},
	}
}

func ctr(name string, args ...string) corev1.Container {
	return corev1.Container{Name: name, Image: imageName, Args: args}
}

func (r *room) create(p *corev1.Pod) *corev1.Pod {
	r.t.Helper()
	out, err := store.Create(r.store, p)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *room) get(name string) *corev1.Pod {
	p, err := store.Get[*corev1.Pod](r.store, namespace, name)
	if err != nil {
		return nil
	}
	return p
}

const patience = 20 * time.Second

// until waits for a state of a pod and returns the pod in it.
func (r *room) until(name, what string, ok func(*corev1.Pod) bool) *corev1.Pod {
	r.t.Helper()
	return r.wait(name, what, ok, func() *corev1.Pod { return r.get(name) })
}

func (r *room) wait(name, what string, ok func(*corev1.Pod) bool, get func() *corev1.Pod) *corev1.Pod {
	r.t.Helper()
	end := time.Now().Add(patience)
	var p *corev1.Pod
	for time.Now().Before(end) {
		if p = get(); p != nil && ok(p) {
			return p
		}
		time.Sleep(2 * time.Millisecond)
	}
	if p == nil {
		r.t.Fatalf("pod %s is gone and never was %s", name, what)
	}
	events := "not known"
	if r.store != nil {
		events = strings.Join(r.events(name), "\n")
	}
	r.t.Fatalf("pod %s is not %s: %s\nevents:\n%s", name, what, show(&p.Status), events)
	return nil
}

func show(s *corev1.PodStatus) string {
	var b strings.Builder
	fmt.Fprintf(&b, "phase %s %s %s", s.Phase, s.Reason, s.Message)
	for _, c := range append(slices.Clone(s.InitContainerStatuses), s.ContainerStatuses...) {
		fmt.Fprintf(&b, "\n %s ready=%v restarts=%d state=%s last=%s", c.Name, c.Ready, c.RestartCount, state(c.State), state(c.LastTerminationState))
	}
	return b.String()
}

func state(s corev1.ContainerState) string {
	switch {
	case s.Running != nil:
		return "running"
	case s.Waiting != nil:
		return "waiting " + s.Waiting.Reason + ": " + s.Waiting.Message
	case s.Terminated != nil:
		return fmt.Sprintf("terminated %d %s: %s", s.Terminated.ExitCode, s.Terminated.Reason, s.Terminated.Message)
	}
	return "none"
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func inPhase(phase corev1.PodPhase) func(*corev1.Pod) bool {
	return func(p *corev1.Pod) bool { return p.Status.Phase == phase }
}

// gone waits until a pod is deleted.
func (r *room) gone(name string) {
	r.t.Helper()
	for end := time.Now().Add(patience); r.get(name) != nil; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("pod %s is still there: %s", name, show(&r.get(name).Status))
		}
	}
}

func (r *room) delete(name string) {
	r.t.Helper()
	if err := store.Delete[*corev1.Pod](r.store, namespace, name, metav1.DeleteOptions{}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) log(name string, change ...func(*corev1.PodLogOptions)) string {
	r.t.Helper()
	opts := &corev1.PodLogOptions{}
	for _, f := range change {
		f(opts)
	}
	var b bytes.Buffer
	if err := r.node.Logs(r.t.Context(), r.get(name), opts, &b); err != nil {
		r.t.Fatal(err)
	}
	return b.String()
}

// says waits until the pod's log is that.
func (r *room) says(name, want string) {
	r.t.Helper()
	for end := time.Now().Add(patience); r.log(name) != want; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("pod %s says %q, not %q", name, r.log(name), want)
		}
	}
}

// run runs a pod once and returns its output.
func (r *room) run(p *corev1.Pod) string {
	r.t.Helper()
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	done := r.until(p.Name, "done", func(p *corev1.Pod) bool {
		return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
	})
	if done.Status.Phase == corev1.PodFailed {
		r.t.Errorf("pod %s failed: %s\n%s", p.Name, show(&done.Status), r.log(p.Name))
	}
	return r.log(p.Name)
}

// events of a pod, each as "type reason: message".
func (r *room) events(name string) []string {
	var out []string
	for _, e := range store.List[*corev1.Event](r.store, namespace, nil) {
		if e.InvolvedObject.Name == name {
			out = append(out, fmt.Sprintf("%s %s: %s", e.Type, e.Reason, e.Message))
		}
	}
	return out
}

func (r *room) event(name, want string) {
	r.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		for _, e := range r.events(name) {
			if strings.Contains(e, want) {
				return
			}
		}
		if time.Now().After(end) {
			r.t.Fatalf("pod %s has no event %q:\n%s", name, want, strings.Join(r.events(name), "\n"))
		}
	}
}

func httpGet(path string, port int) *corev1.HTTPGetAction {
	return &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(int32(port))}
}
