package node_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node"
	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

// takeCharge lets this process be the engine from here on.
func (r *room) takeCharge() {
	r.t.Helper()
	r.open()
	r.start()
}

// started is how often programs of that pod began, by their logs of all attempts.
func (r *room) started(p *corev1.Pod, line string) int {
	n := 0
	files, _ := filepath.Glob(filepath.Join(r.home.Pods(), string(p.UID), "containers", "main", "logs", "*.log*"))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		n += strings.Count(string(b), " "+line+"\n")
	}
	return n
}

func (r *room) pids() map[string]int {
	r.t.Helper()
	c, err := keeper.Ensure(r.t.Context(), r.home, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	all, err := c.Watch(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]int{}
	for _, k := range all {
		if k.Exit == nil {
			out[k.ID] = k.PID
		}
	}
	return out
}

func TestAKilledEngineFindsEveryContainerAsItWas(t *testing.T) {
	r := prepareRoom(t)
	e := r.engine()
	web := pod("web", "say=begin", "serve=8080")
	web.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: httpGet("/", 8080)}}
	e.create(web)
	const ticks = 1500
	job := pod("job", "tick="+strconv.Itoa(ticks), "exit=6")
	job.Spec.RestartPolicy = corev1.RestartPolicyNever
	e.create(job)
	e.until("web", "ready", ready)
	e.until("job", "running", inPhase(corev1.PodRunning))
	pids := r.pids()
	for range 4 {
		time.Sleep(time.Duration(rand.IntN(80)) * time.Millisecond)
		e.kill()
		e = r.engine()
	}
	after := e.until("web", "ready", ready)
	if n := after.Status.ContainerStatuses[0].RestartCount; n != 0 {
		t.Errorf("restarted %d times", n)
	}
	now := r.pids()
	for id, pid := range pids {
		if other, ok := now[id]; ok && other != pid {
			t.Errorf("%s is another process: %d, was %d", id, other, pid)
		}
	}
	done := e.until("job", "failed", inPhase(corev1.PodFailed))
	if s := done.Status.ContainerStatuses[0]; s.State.Terminated.ExitCode != 6 || s.RestartCount != 0 {
		t.Errorf("the job's state: %s", show(&done.Status))
	}
	e.kill()
	r.takeCharge()
	r.until("job", "failed", inPhase(corev1.PodFailed))
	text := r.log("job")
	for i := range ticks {
		if !strings.Contains(text, fmt.Sprintf("tick %d\n", i)) {
			t.Fatalf("line %d of the log is lost", i)
		}
	}
}

func TestAnEngineKilledWhileItStartsContainersStartsEachOnce(t *testing.T) {
	r := prepareRoom(t)
	const count = 8
	e := r.engine()
	for i := range count {
		e.create(pod("p"+strconv.Itoa(i), "say=begin", "wait"))
	}
	for range 6 {
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		e.kill()
		e = r.engine()
	}
	for i := range count {
		e.until("p"+strconv.Itoa(i), "running", inPhase(corev1.PodRunning))
	}
	if n := len(r.pids()); n != count {
		t.Errorf("%d containers run, not %d", n, count)
	}
	e.kill()
	r.takeCharge()
	for i := range count {
		p := r.until("p"+strconv.Itoa(i), "running", inPhase(corev1.PodRunning))
		if n := p.Status.ContainerStatuses[0].RestartCount; n != 0 {
			t.Errorf("%s was restarted: %s", p.Name, show(&p.Status))
		}
		for end := time.Now().Add(patience); r.started(p, "begin") == 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond) // it runs, and has yet to say so
		}
		if n := r.started(p, "begin"); n != 1 {
			t.Errorf("%s began %d times", p.Name, n)
		}
	}
}

func TestWhatEndsWhileNoEngineLivesIsNoticed(t *testing.T) {
	r := prepareRoom(t)
	e := r.engine()
	never := pod("never", "sleep=300ms", "exit=9")
	never.Spec.RestartPolicy = corev1.RestartPolicyNever
	e.create(never)
	e.create(pod("always", "sleep=300ms", "exit=8"))
	e.until("never", "running", inPhase(corev1.PodRunning))
	e.until("always", "running", inPhase(corev1.PodRunning))
	e.kill()
	for len(r.pids()) > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	r.takeCharge()
	p := r.until("never", "failed", inPhase(corev1.PodFailed))
	if s := p.Status.ContainerStatuses[0]; s.State.Terminated.ExitCode != 9 {
		t.Errorf("state %s", show(&p.Status))
	}
	p = r.until("always", "restarted", func(p *corev1.Pod) bool {
		return len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].RestartCount > 0
	})
	if last := p.Status.ContainerStatuses[0].LastTerminationState.Terminated; last == nil || last.ExitCode != 8 {
		t.Errorf("state %s", show(&p.Status))
	}
}

func TestAContainerWhosePlaceInTheNetworkWasDestroyedStartsAgainInTheNewOne(t *testing.T) {
	r := prepareRoom(t)
	e := r.engine()
	web := pod("web", "serve=8080")
	web.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: httpGet("/", 8080)}}
	e.create(web)
	p := e.until("web", "ready", ready)
	e.kill()
	if err := r.net.Detach(t.Context(), p.UID); err != nil {
		t.Fatal(err)
	}
	r.takeCharge()
	after := r.until("web", "ready again", func(p *corev1.Pod) bool { return ready(p) && p.Status.ContainerStatuses[0].RestartCount == 1 })
	if last := after.Status.ContainerStatuses[0].LastTerminationState.Terminated; last == nil || last.ContainerID == "" {
		t.Errorf("how it ended before is not known: %v", last)
	}
}

func TestADeletionGoesOnAfterTheEngineWasKilled(t *testing.T) {
	r := prepareRoom(t)
	e := r.engine()
	p := pod("p", "deaf")
	grace := int64(2)
	p.Spec.TerminationGracePeriodSeconds = &grace
	e.create(p)
	e.until("p", "running", inPhase(corev1.PodRunning))
	if _, err := e.tell(order{Delete: "p"}); err != nil {
		t.Fatal(err)
	}
	e.kill()
	r.takeCharge()
	r.gone("p")
}

func TestAfterARebootEveryPodRunsAgainWithItsVolumes(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "touch=/data/was-here", "say=begin", "wait")
	p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
	init := ctr("setup", "say=setup")
	p.Spec.InitContainers = []corev1.Container{init}
	r.create(p)
	before := r.until("p", "ready", func(p *corev1.Pod) bool { return ready(p) && r.log("p") != "" })
	r.stop()

	// What a reboot does: every process ends, the run directory is empty, the boot has another ID.
	keeperPID := r.keeperPID()
	for _, pid := range r.pids() {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	_ = unix.Kill(keeperPID, unix.SIGKILL)
	_ = unix.Unmount(filepath.Join(r.home.Run, "secrets"), unix.MNT_DETACH)
	_ = unix.Unmount(filepath.Join(r.home.Run, "spaces", string(before.UID), "ipc"), unix.MNT_DETACH)
	_ = unix.Unmount(filepath.Join(r.home.Run, "spaces", string(before.UID), "uts"), unix.MNT_DETACH)
	_ = unix.Unmount(filepath.Join(r.home.Run, "spaces", string(before.UID), "shm"), unix.MNT_DETACH)
	r.net.close()
	if err := os.RemoveAll(r.home.Run); err != nil {
		t.Fatal(err)
	}
	for _, d := range cgroups(r.home) {
		removeCgroups(d)
	}
	r.forgetBoot(before)
	if err := r.home.Create(); err != nil {
		t.Fatal(err)
	}

	r.start()
	after := r.until("p", "ready again", func(p *corev1.Pod) bool { return ready(p) && p.Status.ContainerStatuses[0].RestartCount == 1 })
	if after.UID != before.UID {
		t.Error("it is another pod")
	}
	if n := after.Status.InitContainerStatuses[0].RestartCount; n != 1 {
		t.Errorf("the init container ran %d times again", n)
	}
	if _, err := os.Stat(filepath.Join(r.home.Pods(), string(after.UID), "volumes", "data", "was-here")); err != nil {
		t.Error(err)
	}
}

func TestAfterATeardownInitContainersFillMemoryAgain(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "say=begin", "wait")
	p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}}}}
	p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
	init := ctr("setup", "touch=/data/filled")
	init.VolumeMounts = p.Spec.Containers[0].VolumeMounts
	p.Spec.InitContainers = []corev1.Container{init}
	r.create(p)
	r.until("p", "ready", ready)
	r.stop()
	if err := node.Teardown(t.Context(), r.home); err != nil {
		t.Fatal(err)
	}
	r.net.close()
	r.start()
	after := r.until("p", "ready again", func(p *corev1.Pod) bool { return ready(p) && p.Status.ContainerStatuses[0].RestartCount == 1 })
	if _, err := os.Stat(filepath.Join(r.home.Pods(), string(after.UID), "volumes", "data", "filled")); err != nil {
		t.Error(err)
	}
}

// forgetBoot makes the pod's record one of an earlier boot, in which nothing had ended.
func (r *room) forgetBoot(p *corev1.Pod) {
	path := filepath.Join(r.home.Pods(), string(p.UID), "pod.json")
	b, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	var rec map[string]any
	if err := json.Unmarshal(b, &rec); err != nil {
		r.t.Fatal(err)
	}
	rec["boot"] = "another"
	b, _ = json.Marshal(rec)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		r.t.Fatal(err)
	}
	exits, _ := filepath.Glob(filepath.Join(r.home.Pods(), string(p.UID), "containers", "main", "*.exit"))
	for _, f := range exits {
		_ = os.Remove(f)
	}
}

func removeCgroups(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			removeCgroups(filepath.Join(dir, e.Name()))
		}
	}
	for range 100 {
		if err := unix.Rmdir(dir); err == nil || err == unix.ENOENT {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestAKilledKeeperIsReplacedAndNoContainerNotices(t *testing.T) {
	r := newRoom(t)
	const ticks = 1500
	job := pod("job", "tick="+strconv.Itoa(ticks), "exit=6")
	job.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(job)
	r.create(pod("web", "wait"))
	r.until("job", "running", inPhase(corev1.PodRunning))
	r.until("web", "ready", ready)
	for range 3 {
		time.Sleep(100 * time.Millisecond)
		_ = unix.Kill(r.keeperPID(), unix.SIGKILL)
	}
	done := r.until("job", "failed", inPhase(corev1.PodFailed))
	if s := done.Status.ContainerStatuses[0]; s.State.Terminated.ExitCode != 6 {
		t.Errorf("state %s", show(&done.Status))
	}
	text := r.log("job")
	for i := range ticks {
		if !strings.Contains(text, fmt.Sprintf("tick %d\n", i)) {
			t.Fatalf("line %d of the log is lost", i)
		}
	}
	if p := r.get("web"); !ready(p) || p.Status.ContainerStatuses[0].RestartCount != 0 {
		t.Errorf("web: %s", show(&p.Status))
	}
}
