package node_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestAPodRunsAndItsLogAndExitCodeAreKept(t *testing.T) {
	r := newRoom(t)
	p := pod("one", "say=hello", "exit=3")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	done := r.until("one", "failed", inPhase(corev1.PodFailed))
	st := done.Status.ContainerStatuses[0]
	if st.State.Terminated == nil || st.State.Terminated.ExitCode != 3 || st.State.Terminated.Reason != "Error" {
		t.Errorf("state %s", state(st.State))
	}
	if got := r.log("one"); got != "hello\n" {
		t.Errorf("log %q", got)
	}
	for _, want := range []string{`Normal Pulled: Container image "guest:1" already present on machine`, "Normal Created: Container created", "Normal Started: Container started"} {
		r.event("one", want)
	}
}

func TestAPodIsReadyWhenItsProbeAnswers(t *testing.T) {
	r := newRoom(t)
	p := pod("web", "serve=8080")
	p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: httpGet("/", 8080)}, PeriodSeconds: 10}
	r.create(p)
	web := r.until("web", "ready", ready)
	if web.Status.PodIP == "" || web.Status.HostIP == "" || web.Status.QOSClass != corev1.PodQOSBestEffort || web.Status.Phase != corev1.PodRunning {
		t.Errorf("status %+v", web.Status)
	}
	if got := r.log("web"); !strings.Contains(got, "serving on 8080") {
		t.Errorf("log %q", got)
	}
	r.delete("web")
	r.gone("web")
	r.event("web", "Normal Killing: Stopping container main")
}

func TestContainersThatEndAtOnceAreAllSeenToEnd(t *testing.T) {
	r := newRoom(t)
	names := make([]string, 40)
	for i := range names {
		names[i] = fmt.Sprintf("brief-%d", i)
		p := pod(names[i], "exit=0")
		p.Spec.RestartPolicy = corev1.RestartPolicyNever
		r.create(p)
	}
	for _, name := range names { // the keeper may tell of the end before it answers that one has begun
		r.until(name, "succeeded", inPhase(corev1.PodSucceeded))
	}
}
