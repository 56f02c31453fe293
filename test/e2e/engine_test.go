package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/test/harness"
)

// TestKilledEngineTakesItsContainersOver kills the engine under load, twice, and starts it again.
func TestKilledEngineTakesItsContainersOver(t *testing.T) {
	s := newShop(t, engineTarget(t))
	s.up(t)
	s.use(t)
	before := s.everyContainer(t)
	for range 2 {
		inside := harness.StartLoad(s.serviceURL(t, "web", "/"), 50) // the page asks the API, which asks the database
		time.Sleep(300 * time.Millisecond)
		text, err := os.ReadFile(s.Root + "/run/engine.pid")
		if err != nil {
			t.Fatal(err)
		}
		engine, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(engine, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if sent, lost, reasons := inside.End(); lost > 0 {
			t.Errorf("%d of %d requests between the containers lost while the engine was dead: %v", lost, sent, reasons)
		}
		s.Slipway(t, "engine", "start")
		s.stillThere(t)
	}
	for name, state := range s.everyContainer(t) {
		if before[name] != state {
			t.Errorf("%s: %s, then %s", name, before[name], state)
		}
	}
}

// TestRebootedMachineBringsEverythingBack takes away all that a reboot takes: processes, mounts, links, rules and the
// run directory.
func TestRebootedMachineBringsEverythingBack(t *testing.T) {
	s := newShop(t, engineTarget(t))
	s.up(t)
	s.use(t)
	s.Slipway(t, "engine", "stop", "--all")
	if err := os.RemoveAll(filepath.Join(s.Root, "run")); err != nil {
		t.Fatal(err)
	}
	s.Slipway(t, "engine", "start")
	s.stillThere(t)
	eventually(t, "the page", func() error { return s.page(t) })
	if job := s.job(t); job.Status.Succeeded != 1 || job.Status.Active != 0 {
		t.Errorf("the migration ran again: %+v", job.Status)
	}
}

// everyContainer says of each container which it is and how often it was started.
func (s *shop) everyContainer(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, service := range []string{"web", "api", "db"} {
		for _, p := range s.pods(t, service) {
			for _, c := range p.Status.ContainerStatuses {
				out[p.Name] = fmt.Sprintf("%s, %d restarts, process %d", c.ContainerID, c.RestartCount, pid(t, &p, program(&p)))
			}
		}
	}
	return out
}

func program(p *corev1.Pod) string {
	if name := p.Labels["app.kubernetes.io/name"]; name != "db" {
		return name
	}
	return "mariadbd"
}
