package node_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestAPodIsDrainedThenHookedThenToldThenItsSidecarsEnd reads the order from a file that everybody appends to.
func TestAPodIsDrainedThenHookedThenToldThenItsSidecarsEnd(t *testing.T) {
	r := newRoom(t)
	dir := t.TempDir()
	note := func(what string) {
		f, err := os.OpenFile(filepath.Join(dir, "order"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		_, _ = f.WriteString(what + "\n")
	}
	r.drain = func(_ context.Context, p *corev1.Pod) {
		time.Sleep(50 * time.Millisecond)
		note("drained " + p.Name)
	}
	p := pod("p", "wait", "append=/data/order:main ends", "sleep=50ms")
	p.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"/guest", "append=/data/order:hook"}}}}
	side := ctr("side", "wait", "append=/data/order:sidecar ends")
	always := corev1.ContainerRestartPolicyAlways
	side.RestartPolicy = &always
	p.Spec.InitContainers = []corev1.Container{side}
	withVolume(p, "/data", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}})
	p.Spec.InitContainers[0].VolumeMounts = p.Spec.Containers[0].VolumeMounts
	r.create(p)
	r.until("p", "ready", ready)
	r.awaitLogs("p")
	r.delete("p")
	r.gone("p")
	b, _ := os.ReadFile(filepath.Join(dir, "order"))
	if want := "drained p\nhook\nmain ends\nsidecar ends\n"; string(b) != want {
		t.Errorf("order %q, not %q", b, want)
	}
}

// awaitLogs gives programs that have just begun the time to be ready for signals.
func (r *room) awaitLogs(string) { time.Sleep(100 * time.Millisecond) }

func TestAProgramThatIsDeafToItsSignalIsKilledAfterItsGrace(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "deaf")
	one := int64(1)
	p.Spec.TerminationGracePeriodSeconds = &one
	r.create(p)
	r.until("p", "ready", ready)
	r.delete("p")
	r.gone("p")
}

func TestTheStopSignalIsTheOneThatWasAskedFor(t *testing.T) {
	r := newRoom(t)
	dir := t.TempDir()
	p := withVolume(pod("p", "wait=/data/signal"), "/data", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}})
	p.Annotations = map[string]string{"slipway.dev/stop-signal": "SIGQUIT"}
	r.create(p)
	r.until("p", "ready", ready)
	r.awaitLogs("p")
	r.delete("p")
	r.gone("p")
	if b, _ := os.ReadFile(filepath.Join(dir, "signal")); !strings.Contains(string(b), "quit") {
		t.Errorf("it got %q", b)
	}
}

func TestAForcedDeletionLeavesNothingRunning(t *testing.T) {
	r := newRoom(t)
	for _, name := range []string{"a", "b", "c"} {
		r.create(pod(name, "deaf"))
	}
	r.until("a", "running", inPhase(corev1.PodRunning))
	r.end() // deletes with a grace of zero, some while they are being started, and finds what is left
}
