package keeper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/home"
)

// Ensure connects to the keeper and starts one if none answers. A keeper of another protocol version becomes this
// binary, without a container noticing.
func Ensure(ctx context.Context, h home.Dir, events func(*Container)) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var exited chan error
	var last, died error
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		c, err := Dial(h, events)
		if err == nil {
			var version int
			if version, err = c.hello(ctx); err == nil && version == Version {
				return c, nil
			}
			if err == nil {
				err = c.replace(ctx, exe)
			}
			c.Close()
		} else if exited == nil {
			if exited, err = spawn(h, exe); err != nil {
				return nil, err
			}
		}
		last = err
		select {
		case err := <-exited:
			exited = nil // perhaps another engine's keeper held the lock: try to reach that one
			if err != nil && ctx.Err() == nil {
				died = fmt.Errorf("%w (see %s)", err, logPath(h))
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("keeper of the containers: %w", errors.Join(ctx.Err(), last, died))
		case <-time.After(wait):
		}
	}
}

func logPath(h home.Dir) string { return filepath.Join(h.Root, "keeper.log") }

// spawn starts a keeper in a session of its own.
func spawn(h home.Dir, exe string) (chan error, error) {
	if st, err := os.Stat(logPath(h)); err == nil && st.Size() > logSize {
		_ = os.Rename(logPath(h), logPath(h)+".1")
	}
	log, err := os.OpenFile(logPath(h), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(exe, "keeper", "--root", h.Root, "--run", h.Run)
	cmd.Args[0] = "slipway-engine"
	cmd.Dir = "/"
	// One thread of Go code is plenty, and every container's first process inherits the setting.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GOMAXPROCS=1", "GOTRACEBACK=single"}
	cmd.Stderr = log
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return exited, nil
}
