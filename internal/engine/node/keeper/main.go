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
	_ = flags.Parse(os.Args[2:])
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(h, log); errors.Is(err, errLocked) {
		os.Exit(0) // the engine will reach the other one
	} else if err != nil {
		log.Error("keeper", "error", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(h home.Dir, log *slog.Logger) error {
	if h.Root == "" || h.Run == "" {
		return errors.New("keeper: --root and --run are needed")
	}
	debug.SetGCPercent(25) // it is idle nearly always: memory is worth more than time
	if err := os.MkdirAll(records(h), 0o700); err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(h.Run, "keeper.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	k := newKeeper(h, log)
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

// lock makes sure that there is one keeper. The file is closed when the process ends or becomes another binary.
func lock(path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		f.Close()
		return nil, errLocked
	} else if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
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
