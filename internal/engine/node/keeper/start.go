package keeper

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	_ "github.com/opencontainers/cgroups/devices" // device rules of cgroups
	"github.com/opencontainers/cgroups/manager"
	"github.com/opencontainers/runc/libcontainer"

	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// start makes a container and begins its program. A container of that ID that there is already is the answer: an
// engine that died after asking asks again.
func (k *Keeper) start(s *Spec) (*Container, error) {
	k.mu.Lock()
	if c := k.containers[s.ID]; c != nil {
		known := c.Container
		k.mu.Unlock()
		return &known, nil
	}
	if wait := k.starting[s.ID]; wait != nil {
		k.mu.Unlock()
		<-wait
		return k.start(s)
	}
	done := make(chan struct{})
	k.starting[s.ID] = done
	k.mu.Unlock()
	var c *container
	err := rescue.Do(func() (err error) {
		c, err = k.create(s)
		return err
	})
	k.mu.Lock()
	delete(k.starting, s.ID)
	close(done)
	if err != nil {
		k.mu.Unlock()
		return nil, err
	}
	k.containers[s.ID] = c
	known := c.Container
	k.mu.Unlock()
	go k.watch(c)
	k.trim()
	return &known, nil
}

func (k *Keeper) create(s *Spec) (_ *container, err error) {
	m, err := manager.New(s.Config.Cgroups)
	if err != nil {
		return nil, err
	}
	c := &container{gone: make(chan struct{}), cleaned: make(chan struct{}), record: record{
		Container: Container{ID: s.ID, Cgroups: existing(m.GetPaths())},
		Dir:       s.Dir, LogPath: s.LogPath, ExitPath: s.ExitPath, TTY: s.Process.TTY,
	}}
	if err := os.MkdirAll(files(k.home, s.ID), 0o700); err != nil {
		return nil, err
	}
	if err := c.save(k.home); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			if c.output != nil {
				c.output.close()
			}
			k.clean(&c.record)
			_ = os.RemoveAll(files(k.home, s.ID))
		}
	}()
	if err := WriteFile(processPath(k.home, s.ID), &s.Process); err != nil {
		return nil, err
	}
	if s.Config.Rootfs, err = mountRoot(s.Dir, s.Layers); err != nil {
		return nil, err
	}
	defer unmountRoot(s.Dir)
	if err := makeFIFOs(k.home, s.ID, "stdin", "stdout", "stderr"); err != nil {
		return nil, err
	}
	if c.output, err = openOutput(k.home, s.ID, s.LogPath); err != nil {
		return nil, err
	}
	lc, err := libcontainer.Create(States(k.home), s.ID, s.Config)
	if err != nil {
		return nil, err
	}
	p := &libcontainer.Process{
		Args: s.Process.Args, Env: s.Process.Env, Cwd: s.Process.Cwd, Init: true,
		UID: s.Process.UID, GID: s.Process.GID, AdditionalGroups: s.Process.Groups,
	}
	closeIO, err := k.connect(c, p, s.Process)
	if err != nil {
		return nil, err
	}
	err = lc.Start(p)
	closeIO()
	if err != nil {
		return nil, StartError(err)
	}
	if c.PID, err = p.Pid(); err != nil {
		return nil, err
	}
	if c.process, err = openProcess(c.PID, 0); err != nil {
		return nil, err
	}
	if st, err := readStat(c.PID); err == nil {
		c.Ticks = st.ticks
	}
	c.StartedAt = time.Now()
	if err := c.save(k.home); err != nil { // from here on another keeper can take over
		return nil, err
	}
	c.output.run()
	if err := lc.Exec(); err != nil {
		return nil, StartError(err)
	}
	return c, nil
}

// connect gives the container its streams. The function it returns closes the keeper's copies of them.
func (k *Keeper) connect(c *container, p *libcontainer.Process, want Process) (func(), error) {
	var open []*os.File
	closeAll := func() {
		for _, f := range open {
			f.Close()
		}
	}
	if want.TTY {
		socket, err := k.console(c)
		if err != nil {
			return nil, err
		}
		p.ConsoleSocket = socket
		return func() { socket.Close() }, nil
	}
	if want.Stdin {
		f, err := containerEnd(k.home, c.ID, "stdin")
		if err != nil {
			return nil, err
		}
		open, p.Stdin = append(open, f), f
	}
	for _, s := range []string{"stdout", "stderr"} {
		f, err := containerEnd(k.home, c.ID, s)
		if err != nil {
			closeAll()
			return nil, err
		}
		open = append(open, f)
		if s == "stdout" {
			p.Stdout = f
		} else {
			p.Stderr = f
		}
	}
	return closeAll, nil
}

// StartError shortens libcontainer's chain of errors to what a user can act on.
func StartError(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return err
	}
	text := err.Error()
	if _, after, ok := strings.Cut(text, "error during container init: "); ok {
		text = after
	}
	text = strings.TrimPrefix(text, "unable to start container process: ")
	return errors.New(text)
}

func existing(paths map[string]string) map[string]string {
	out := map[string]string{}
	for controller, dir := range paths {
		if dir != "" {
			out[controller] = dir
		}
	}
	return out
}
