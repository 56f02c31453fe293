package keeper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// container is one that runs or has run.
type container struct {
	record
	process *process
	output  *output
	gone    chan struct{} // closed when Exit is set and written
	cleaned chan struct{} // closed when nothing of it is left but record, log and exit code
}

// watch waits for the end of the container, writes down how it was, and cleans up.
func (k *Keeper) watch(c *container) {
	err := c.process.wait()
	e := &Exit{StartedAt: c.StartedAt, FinishedAt: time.Now()}
	if ws, known := c.process.status(); err == nil && known {
		e.set(ws)
	} else {
		e.Code, e.Unknown = 137, true
	}
	e.OOMKilled = e.Code != 0 && oomKills(c.Cgroups) > 0
	c.output.finish()
	c.process.file.Close()
	k.ended(c, e)
	k.clean(&c.record)
	close(c.cleaned)
}

// set takes the code from a wait status.
func (e *Exit) set(ws unix.WaitStatus) {
	e.Unknown, e.Signal, e.Code = false, 0, ws.ExitStatus()
	if ws.Signaled() {
		e.Signal = int(ws.Signal())
		e.Code = 128 + e.Signal
	}
}

// ended writes an exit down and tells the engines.
func (k *Keeper) ended(c *container, e *Exit) {
	if err := WriteFile(c.ExitPath, e); err != nil && !errors.Is(err, os.ErrNotExist) {
		k.log.Error("exit code not kept", "container", c.ID, "error", err) // missing: the pod is gone already
	}
	k.mu.Lock()
	c.Exit = e
	if err := c.save(k.home); err != nil {
		k.log.Error("record not kept", "container", c.ID, "error", err)
	}
	known := c.Container
	k.mu.Unlock()
	close(c.gone)
	k.tell(&message{Container: &known})
}

// clean removes what a container leaves on the machine except its record, log and exit code. Each step is fine with
// finding nothing, since another keeper may have done it.
func (k *Keeper) clean(r *record) {
	for _, dir := range r.Cgroups {
		killAll(dir)
	}
	for _, dir := range r.Cgroups {
		if err := removeCgroup(dir); err != nil {
			k.log.Error("cgroup left behind", "container", r.ID, "error", err)
		}
	}
	unmountRoot(r.Dir)
	for _, dir := range []string{r.Dir, filepath.Join(States(k.home), r.ID)} {
		if err := os.RemoveAll(dir); err != nil {
			k.log.Error("directory left behind", "container", r.ID, "error", err)
		}
	}
	for _, s := range []string{"stdin", "stdout", "stderr"} {
		_ = os.Remove(fifo(k.home, r.ID, s))
	}
}

// killAll kills what is left in a cgroup: the unfinished start of a container whose keeper died.
func killAll(dir string) {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return
	}
	for _, f := range strings.Fields(string(b)) {
		if pid, err := strconv.Atoi(f); err == nil && pid > 1 {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// removeCgroup removes a container's cgroup, which the kernel holds on to for some moments after the last process.
func removeCgroup(dir string) error {
	var err error
	for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
		if err = unix.Rmdir(dir); err == nil || errors.Is(err, unix.ENOENT) {
			return nil
		}
		if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.ENOTEMPTY) {
			removeChildren(dir)
			time.Sleep(wait)
			continue
		}
		break
	}
	return fmt.Errorf("%s: %w", dir, err)
}

func removeChildren(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeChildren(filepath.Join(dir, e.Name()))
			_ = unix.Rmdir(filepath.Join(dir, e.Name()))
		}
	}
}

// oomKills counts the processes that the kernel killed because the container's memory was used up.
func oomKills(cgroups map[string]string) int {
	path := filepath.Join(cgroups[""], "memory.events")
	if dir, ok := cgroups["memory"]; ok { // cgroup v1, also where an empty v2 is mounted beside it
		path = filepath.Join(dir, "memory.oom_control")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		var n int
		if c, _ := fmt.Sscanf(line, "oom_kill %d", &n); c == 1 {
			return n
		}
	}
	return 0
}
