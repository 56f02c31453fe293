package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

func TestAnEngineThatStopsCutsNoContainersGraceShort(t *testing.T) {
	r := newRoom(t)
	dir := t.TempDir()
	p := withVolume(pod("p", "wait", "sleep=1s", "append=/data/order:saved"), "/data", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}})
	r.create(p)
	r.until("p", "ready", ready)
	r.awaitLogs("p")
	r.delete("p")
	time.Sleep(200 * time.Millisecond) // it is told, and saves what it has
	r.stop()
	time.Sleep(100 * time.Millisecond)
	r.start()
	r.gone("p")
	if b, _ := os.ReadFile(filepath.Join(dir, "order")); string(b) != "saved\n" {
		t.Errorf("it was killed before it had saved: %q", b)
	}
}

// huge makes a file of a container larger than any memory, which costs its program nothing.
func (r *room) huge(p *corev1.Pod, file ...string) {
	r.t.Helper()
	path := filepath.Join(append([]string{r.home.Pods(), string(p.UID)}, file...)...)
	if err := os.Truncate(path, 1<<42); err != nil {
		r.t.Fatal(err)
	}
}

func TestFilesThatAContainerMakesHugeDoNotFillTheEnginesMemory(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "wait")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	p = r.until("p", "ready", ready)
	r.huge(p, "etc", "hosts")
	r.stop()
	r.start() // writes the files of /etc again
	r.awaitLogs("p")
	r.huge(p, "containers", "main", "termination-log")
	if err := unix.Kill(r.pids()[string(p.UID)+"_main_0"], unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.until("p", "succeeded", inPhase(corev1.PodSucceeded))
}

func TestAHookThatTalksWithoutEndDoesNotFillTheEnginesMemory(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "wait")
	p.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{
		Exec: &corev1.ExecAction{Command: []string{"/guest", "lines=20000", "exit=3"}}}}
	r.create(p)
	started := r.until("p", "restarted", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].LastTerminationState.Terminated != nil
	})
	if m := started.Status.ContainerStatuses[0].LastTerminationState.Terminated.Message; !strings.Contains(m, "exited with 3: line 0\n") || len(m) > 16<<10 {
		t.Errorf("%d bytes: %.100q", len(m), m)
	}
}

// goneAway is a client that has gone away.
type goneAway struct{}

func (goneAway) Write([]byte) (int, error) { return 0, errors.New("the client has gone away") }

func TestACommandWhoseClientHasGoneAwayEnds(t *testing.T) {
	r := newRoom(t)
	r.create(pod("p", "reap"))
	r.until("p", "ready", ready)
	for _, tty := range []bool{false, true} {
		ended := make(chan error, 1)
		go func() {
			ended <- r.node.Exec(t.Context(), r.get("p"), "main", []string{"/guest", "lines=100000000"}, stdio.Streams{Stdout: goneAway{}, TTY: tty})
		}()
		select {
		case err := <-ended:
			t.Logf("it ended: %v", err)
		case <-time.After(patience):
			t.Fatalf("it goes on, and nobody hears it (terminal: %v)", tty)
		}
	}
}

func TestTheKeeperRemembersAnEndUntilItIsWrittenDown(t *testing.T) {
	r := newRoom(t)
	p := pod("p", "wait", "exit=3")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	p = r.until("p", "ready", ready)
	r.awaitLogs("p")
	block := filepath.Join(r.home.Pods(), string(p.UID), "pod.json.new") // as a full disk does
	if err := os.Mkdir(block, 0o700); err != nil {
		t.Fatal(err)
	}
	id := string(p.UID) + "_main_0"
	if err := unix.Kill(r.pids()[id], unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.until("p", "failed", inPhase(corev1.PodFailed))
	r.awaitLogs("p")
	if !r.kept(id) {
		t.Error("nobody knows its exit code")
	}
	if err := os.Remove(block); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); r.kept(id); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the keeper remembers it for ever")
		}
	}
}

// kept tells whether the keeper knows a container, running or not.
func (r *room) kept(id string) bool {
	_, err := os.Stat(filepath.Join(r.home.Run, "keeper", id))
	return err == nil
}
