package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

// takeOver finds out what became of the pod before this engine.
func (w *worker) takeOver() {
	w.loadRecord()
	w.containers()
	w.started = true
	if w.rec.Boot != w.n.machine.boot {
		w.rebooted()
	}
	known, err := w.known()
	if err != nil {
		return // the engine ends
	}
	for _, c := range w.all {
		w.adopt(c, known)
	}
	w.save()
}

// known asks the keeper; it waits for one.
func (w *worker) known() (map[string]*keeper.Container, error) {
	byID := map[string]*keeper.Container{}
	if !w.mayRun() {
		return byID, nil
	}
	err := w.n.keeper.do(w.ctx, func(c *keeper.Client) error {
		all, err := c.Watch(w.ctx)
		for _, k := range all {
			byID[k.ID] = k
		}
		return err
	})
	return byID, err
}

// mayRun: a pod that never had a container needs no asking.
func (w *worker) mayRun() bool {
	for _, c := range w.all {
		if c.Attempt >= 0 {
			return true
		}
	}
	return false
}

// adopt brings one container's state in line with what the keeper says.
func (w *worker) adopt(c *container, known map[string]*keeper.Container) {
	if c.Attempt < 0 {
		return
	}
	id := containerID(w.uid, c.name, c.Attempt)
	if c.Last != nil && !c.Asked {
		w.n.keeper.forget(id) // in case there was no time to
		return
	}
	k := known[id]
	if k == nil && c.Asked {
		return // it was not begun, or is about to be: it is asked for again, and begun once
	}
	c.Asked = false
	run := &running{id: id, keeper: k, over: make(chan struct{})}
	c.run = run
	switch {
	case k == nil:
		e, err := keeper.ReadExit(w.exitPath(c.name, c.Attempt))
		if err != nil || e == nil {
			e = &keeper.Exit{Code: 137, Unknown: true, FinishedAt: time.Now()}
		}
		w.over(c, e)
	case k.Exit != nil:
		w.over(c, k.Exit)
	default:
		run.since = metav1.NewTime(k.StartedAt)
		run.started, run.ready = c.Started, c.Ready
		run.hold = keeper.NewHold(w.n.Home, k)
	}
}

// resume goes on with the hooks and probes of containers that were taken over, once the pod's place is known.
func (w *worker) resume() {
	for _, c := range w.all {
		switch {
		case c.run == nil || c.run.probes != nil:
		case w.displaced(c.run):
			w.kill(c, "Pod sandbox changed, it will be killed and re-created.")
		default:
			w.greet(c)
		}
	}
}

// displaced tells whether a container runs in another network namespace than its pod has by now. Nobody reaches it
// there: something has destroyed the pod's place in the network while no engine ran.
func (w *worker) displaced(run *running) bool {
	if w.ready.at.NetNS == "" || run.keeper == nil {
		return false
	}
	now, err := os.Stat(w.ready.at.NetNS)
	if err != nil {
		return false
	}
	its, err := os.Stat(fmt.Sprintf("/proc/%d/ns/net", run.keeper.PID))
	return err == nil && !os.SameFile(now, its)
}

// compare finds containers that ended while there was no connection to the keeper.
func (w *worker) compare(known map[string]*keeper.Container) {
	for _, c := range w.all {
		if c.run == nil {
			continue
		}
		switch k := known[c.run.id]; {
		case k == nil:
			e, err := keeper.ReadExit(w.exitPath(c.name, c.Attempt))
			if err != nil || e == nil {
				e = &keeper.Exit{Code: 137, Unknown: true, StartedAt: c.run.since.Time, FinishedAt: time.Now()}
			}
			w.over(c, e)
		case k.Exit != nil:
			w.over(c, k.Exit)
		}
	}
}

// rebooted: nothing runs that ran before. Init containers run again, back-off begins anew.
func (w *worker) rebooted() {
	now := metav1.Now()
	for _, c := range w.all {
		c.Delay = 0
		ran := c.Attempt >= 0 && (c.Last == nil || c.Asked)
		if c.kind == initial {
			c.Done = false
			w.rec.Initialized = false
		}
		if !ran {
			c.Again = c.kind == initial && c.Last != nil && c.Last.ExitCode == 0
			continue
		}
		c.Asked = false
		c.Last = &corev1.ContainerStateTerminated{ExitCode: 255, Reason: "Unknown", Message: "The machine was restarted",
			FinishedAt: now, ContainerID: "slipway://" + containerID(w.uid, c.name, c.Attempt)}
		if e, err := keeper.ReadExit(w.exitPath(c.name, c.Attempt)); err == nil && e != nil {
			c.Last = w.terminated(c, containerID(w.uid, c.name, c.Attempt), e)
		}
	}
	w.removeRoots()
	w.rec.Initialized = false
	w.rec.Boot = w.n.machine.boot
	w.save()
}

// removeRoots removes the writable layers that no keeper is left to remove.
func (w *worker) removeRoots() {
	all, _ := filepath.Glob(filepath.Join(w.dir(), "containers", "*", "root-*"))
	for _, dir := range all {
		if err := os.RemoveAll(dir); err != nil {
			w.n.Log.Error("writable layer left behind", "pod", w.String(), "error", err)
		}
	}
}

// detachContext outlives the engine's by a moment, for what must not be left half done.
func detachContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Second)
}
