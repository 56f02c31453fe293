package keeper

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// adopt takes over the containers of an earlier keeper. One that was not begun is removed: the engine asks for it
// again.
func (k *Keeper) adopt() error {
	entries, err := os.ReadDir(records(k.home))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if err := k.adoptOne(e.Name()); err != nil {
			k.log.Error("container not taken over", "container", e.Name(), "error", err)
		}
	}
	return nil
}

func (k *Keeper) adoptOne(id string) error {
	r, err := load(k.home, id)
	if err != nil {
		return os.RemoveAll(files(k.home, id)) // nothing had been made before the record was whole
	}
	c := &container{record: *r, gone: make(chan struct{}), cleaned: make(chan struct{})}
	if c.Exit != nil {
		close(c.gone)
		k.containers[id] = c
		k.clean(r)
		close(c.cleaned)
		return nil
	}
	if !k.begun(r) {
		k.clean(r)
		return os.RemoveAll(files(k.home, id))
	}
	c.process, err = openProcess(r.PID, r.Ticks)
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	k.containers[id] = c
	if err != nil { // it ended, and was waited for, while there was no keeper
		e, _ := ReadExit(r.ExitPath)
		if e == nil {
			e = &Exit{Code: 137, Unknown: true, StartedAt: r.StartedAt, FinishedAt: time.Now()}
			e.OOMKilled = oomKills(r.Cgroups) > 0
		}
		if o, err := openOutput(k.home, id, r.LogPath); err == nil {
			o.finish() // what an engine held
		}
		k.ended(c, e)
		k.clean(r)
		close(c.cleaned)
		return nil
	}
	if c.output, err = openOutput(k.home, id, r.LogPath); err != nil {
		return err
	}
	c.output.run()
	go k.watch(c)
	return nil
}

// begun tells whether the container's own program was started: libcontainer removes a FIFO at that moment.
func (k *Keeper) begun(r *record) bool {
	if r.PID == 0 {
		return false
	}
	_, err := os.Stat(filepath.Join(States(k.home), r.ID, "exec.fifo"))
	return errors.Is(err, os.ErrNotExist)
}
