package engine

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// logSize is how large the log of an engine in the background may grow before it is put aside; one such file is kept.
const logSize = 10 << 20

// tendLog keeps the log small, until ctx ends, if that is where the standard error output goes: an engine runs for
// years, and says the same every few seconds while something is wrong.
func tendLog(ctx context.Context, path string) error {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := putAside(os.Stderr, path, logSize); err != nil {
			return err
		}
	}
}

// putAside renames the file at path to path.1 and lets log go on with a new one, if it is that file and too large.
func putAside(log *os.File, path string, most int64) error {
	mine, err := log.Stat()
	if err != nil || !mine.Mode().IsRegular() || mine.Size() <= most {
		return nil // closed, or somebody else's to tend
	}
	if there, err := os.Stat(path); err != nil || !os.SameFile(mine, there) {
		return nil // it goes elsewhere
	}
	if err := os.Rename(path, path+".1"); err != nil {
		return err
	}
	next, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return os.Rename(path+".1", path) // a full disk: it goes on as it was
	}
	defer next.Close()
	return os.NewSyscallError("dup", unix.Dup3(int(next.Fd()), int(log.Fd()), 0))
}
