package engine

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/home"
)

// ErrRunning means that another engine has this home.
var ErrRunning = errors.New("another engine runs here")

// lock is the hold of one process on a home; the kernel gives it up when the process dies, however it dies.
type lock struct{ file *os.File }

func acquire(h home.Dir) (*lock, error) {
	f, err := os.OpenFile(h.EnginePID(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		pid, _ := os.ReadFile(h.EnginePID())
		return nil, fmt.Errorf("engine %s: %w (process %s); stop it with \"slipway engine stop\"", h.Root, ErrRunning, strings.TrimSpace(string(pid)))
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, fmt.Errorf("engine: %w", err)
	}
	if _, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0); err != nil {
		f.Close()
		return nil, fmt.Errorf("engine: %w", err)
	}
	return &lock{f}, nil
}

func (l *lock) release() { l.file.Close() }
