package node_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func TestTheFirstRestartIsAtOnceAndTheSecondBacksOff(t *testing.T) {
	r := newRoom(t)
	r.create(pod("crash", "say=hi", "exit=1"))
	p := r.until("crash", "backing off", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == "CrashLoopBackOff"
	})
	s := p.Status.ContainerStatuses[0]
	if s.RestartCount != 1 || s.LastTerminationState.Terminated.ExitCode != 1 || p.Status.Phase != corev1.PodRunning {
		t.Errorf("status %s", show(&p.Status))
	}
	if want := "back-off 10s restarting failed container=main pod=crash_shop(" + string(p.UID) + ")"; s.State.Waiting.Message != want {
		t.Errorf("message %q, not %q", s.State.Waiting.Message, want)
	}
	r.event("crash", "Warning BackOff: Back-off restarting failed container main in pod crash_shop("+string(p.UID)+")")
	if got := r.log("crash"); got != "hi\n" {
		t.Errorf("log %q", got)
	}
	if got := r.log("crash", func(o *corev1.PodLogOptions) { o.Previous = true }); got != "hi\n" {
		t.Errorf("previous log %q", got)
	}
}

func TestAnOOMKillIsReportedAsOne(t *testing.T) {
	r := newRoom(t)
	p := pod("fat", "eat=200")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("32Mi")}
	r.create(p)
	done := r.until("fat", "failed", inPhase(corev1.PodFailed))
	if s := done.Status.ContainerStatuses[0].State.Terminated; s.Reason != "OOMKilled" || s.ExitCode != 137 {
		t.Errorf("status %s", show(&done.Status))
	}
}

func TestInitContainersRunOneAfterAnotherBeforeTheRest(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "cat=/data/order", "wait")
	p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	mount := []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
	always := corev1.ContainerRestartPolicyAlways
	side := ctr("side", "need=/data/first", "touch=/data/side", "wait")
	side.RestartPolicy = &always
	side.StartupProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"/guest", "need=/data/side"}}}}
	p.Spec.InitContainers = []corev1.Container{ctr("first", "sleep=50ms", "touch=/data/first"), side, ctr("last", "need=/data/side", "write=/data/order:well")}
	for i := range p.Spec.InitContainers {
		p.Spec.InitContainers[i].VolumeMounts = mount
	}
	p.Spec.Containers[0].VolumeMounts = mount
	r.create(p)
	r.until("p", "ready", ready)
	r.says("p", "well")
	r.delete("p")
	r.gone("p")
}

func TestAFailedInitContainerFailsAPodThatNeverRestarts(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "wait")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	p.Spec.InitContainers = []corev1.Container{ctr("setup", "exit=4")}
	r.create(p)
	done := r.until("p", "failed", inPhase(corev1.PodFailed))
	if s := done.Status.InitContainerStatuses[0].State.Terminated; s == nil || s.ExitCode != 4 {
		t.Errorf("status %s", show(&done.Status))
	}
}

func TestAFailingReadinessProbeIsSaidAndALivenessProbeRestarts(t *testing.T) {
	r := newRoom(t)
	p := pod("web", "serve=8080")
	p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "READY", Value: "/nothing"}}
	p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: httpGet("/healthz", 8080)}, PeriodSeconds: 1}
	r.create(p)
	r.event("web", "Warning Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503")
	if ready(r.get("web")) {
		t.Error("it is ready")
	}
	sick := pod("sick", "serve=8080")
	sick.Spec.Containers[0].LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: httpGet("", 9).Port}}, PeriodSeconds: 1, FailureThreshold: 1}
	r.create(sick)
	r.event("sick", "Warning Unhealthy: Liveness probe failed: dial tcp")
	r.event("sick", "Normal Killing: Container main failed liveness probe, will be restarted")
	r.until("sick", "restarted", func(p *corev1.Pod) bool { return p.Status.ContainerStatuses[0].RestartCount > 0 })
}

func TestAMissingImageIsSaid(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "wait")
	p.Spec.Containers[0].Image, p.Spec.Containers[0].ImagePullPolicy = "nothing:1", corev1.PullNever
	r.create(p)
	got := r.until("p", "waiting", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == "ErrImageNeverPull"
	})
	if m := got.Status.ContainerStatuses[0].State.Waiting.Message; m != `Container image "nothing:1" is not present with pull policy of Never` {
		t.Errorf("message %q", m)
	}
	r.event("p", "Warning ErrImageNeverPull")
}

func TestAnImageThatCannotBePulledIsTriedAgainLater(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "wait")
	p.Spec.Containers[0].Image = "127.0.0.1:1/nothing:1"
	r.create(p)
	r.until("p", "backing off", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == "ImagePullBackOff"
	})
	for _, want := range []string{`Normal Pulling: Pulling image "127.0.0.1:1/nothing:1"`, `Warning Failed: Failed to pull image "127.0.0.1:1/nothing:1": `,
		"Warning Failed: Error: ErrImagePull", `Normal BackOff: Back-off pulling image "127.0.0.1:1/nothing:1"`} {
		r.event("p", want)
	}
}

func TestACommandThatIsNotThereIsSaid(t *testing.T) {
	r := newRoom(t)
	p := pod("p")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	p.Spec.Containers[0].Command = []string{"/nothing"}
	r.create(p)
	done := r.until("p", "failed", inPhase(corev1.PodFailed))
	s := done.Status.ContainerStatuses[0].State.Terminated
	if s == nil || s.ExitCode != 128 || s.Reason != "StartError" || !strings.Contains(s.Message, `exec: "/nothing"`) {
		t.Errorf("status %s", show(&done.Status))
	}
}

func TestAMissingSecretHoldsTheContainerBackUntilItIsThere(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "env=PASSWORD", "wait")
	p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "login"}, Key: "password"}}}}
	r.create(p)
	got := r.until("p", "waiting", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == "CreateContainerConfigError"
	})
	if m := got.Status.ContainerStatuses[0].State.Waiting.Message; m != `secret "login" not found` {
		t.Errorf("message %q", m)
	}
	secret := &corev1.Secret{Data: map[string][]byte{"password": []byte("hunter2")}}
	secret.Name, secret.Namespace = "login", namespace
	if _, err := store.Create(r.store, secret); err != nil {
		t.Fatal(err)
	}
	r.until("p", "ready", ready)
	r.says("p", "PASSWORD=hunter2\n")
}

func TestAPodOverItsDeadlineFails(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "wait")
	one := int64(1)
	p.Spec.ActiveDeadlineSeconds = &one
	r.create(p)
	done := r.until("p", "failed", inPhase(corev1.PodFailed))
	if done.Status.Reason != "DeadlineExceeded" {
		t.Errorf("status %s", show(&done.Status))
	}
}

func TestTheTerminationMessageIsReadBack(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "write=/dev/termination-log:the reason", "exit=2")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	logged := pod("logged", "err=last words", "exit=2")
	logged.Spec.RestartPolicy = corev1.RestartPolicyNever
	logged.Spec.Containers[0].TerminationMessagePolicy = corev1.TerminationMessageFallbackToLogsOnError
	r.create(logged)
	for name, want := range map[string]string{"p": "the reason", "logged": "last words\n"} {
		done := r.until(name, "failed", inPhase(corev1.PodFailed))
		if m := done.Status.ContainerStatuses[0].State.Terminated.Message; m != want {
			t.Errorf("%s: message %q", name, m)
		}
	}
}
