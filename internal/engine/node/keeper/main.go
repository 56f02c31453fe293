package keeper

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/home"
)

// Main is the keeper's whole life: slipway-engine keeper --root DIR --run DIR. It does not return.
func Main() {
	flags := flag.NewFlagSet("keeper", flag.ExitOnError)
	var h home.Dir
	flags.StringVar(&h.Root, "root", "", "directory that survives a reboot")
	flags.StringVar(&h.Run, "run", "", "directory that does not")
	held := flags.Int("lock", -1, "the lock's file, held already by this process as another binary")
	_ = flags.Parse(os.Args[2:])
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	err := run(h, *held, log)
	if errors.Is(err, errLocked) {
		os.Exit(0) // the engine will reach the other one
	}
	log.Error("keeper", "error", err)
	os.Exit(1)
}

// run returns why the keeper cannot go on; what ends it otherwise is a signal.
func run(h home.Dir, held int, log *slog.Logger) error {
	if h.Root == "" || h.Run == "" {
		return errors.New("keeper: --root and --run are needed")
	}
	debug.SetGCPercent(25) // it is idle nearly always: memory is worth more than time
	if err := os.MkdirAll(records(h), 0o700); err != nil {
		return err
	}
	k := newKeeper(h, log)
	if held >= 0 {
		unix.CloseOnExec(held)
		k.lock = os.NewFile(uintptr(held), "lock")
	} else if err := k.takeLock(filepath.Join(h.Run, "keeper.lock")); err != nil {
		return err
	}
	if err := k.adopt(); err != nil {
		return err
	}
	if zone, err := os.ReadFile(filepath.Join(records(h), "zone.json")); err == nil {
		if err := k.names.set(zone); err != nil {
			log.Error("zone", "error", err)
		}
	}
	l, err := listen(h.KeeperSocket())
	if err != nil {
		return err
	}
	k.trim()
	return k.serve(l)
}

var errLocked = errors.New("there is a keeper already")

// takeLock makes sure that there is one keeper. The kernel gives the lock up when the process ends.
func (k *Keeper) takeLock(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		f.Close()
		return errLocked
	} else if err != nil {
		f.Close()
		return fmt.Errorf("lock %s: %w", path, err)
	}
	k.lock = f
	return nil
}

// listen makes the socket whole before it can be found, readable by root alone.
func listen(path string) (net.Listener, error) {
	tmp := path + ".new"
	_ = os.Remove(tmp)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: tmp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(tmp, 0o600); err != nil {
		return nil, err
	}
	return l, os.Rename(tmp, path)
}
