package node

import (
	"fmt"
	"io"
	"os"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/utils"
	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/engine/api"
)

// terminal gives the command a terminal of its own, whose other end libcontainer sends over a socket.
func (e *ioEnds) terminal(p *libcontainer.Process, s execIO) error {
	ours, theirs, err := utils.NewSockPair("console")
	if err != nil {
		return err
	}
	e.theirs, e.ours = append(e.theirs, theirs), append(e.ours, ours)
	p.ConsoleSocket = theirs
	select {
	case size := <-s.resize:
		p.ConsoleWidth, p.ConsoleHeight = size.Width, size.Height
	default:
	}
	e.onStart = append(e.onStart, func() {
		master, err := utils.RecvFile(ours)
		if err != nil {
			return
		}
		fd, err := pollable(master)
		if err != nil {
			return
		}
		e.ours = append(e.ours, fd)
		if s.stdin != nil {
			go func() {
				_, _ = io.Copy(fd, s.stdin)
				_, _ = fd.Write([]byte{4}) // end of transmission: what a person would type
			}()
		}
		if s.stdout != nil {
			e.copies.Go(func() { _, _ = io.Copy(s.stdout, fd) })
		}
		if s.resize != nil {
			go func() {
				for size := range s.resize {
					if resize(fd, size) != nil {
						return
					}
				}
			}()
		}
	})
	return nil
}

// pollable is the same file in Go's poller, so that closing it ends a read.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), "terminal"), nil
}

func resize(f *os.File, s api.Size) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var res error
	err = c.Control(func(fd uintptr) {
		res = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: s.Height, Col: s.Width})
	})
	if err != nil || res != nil {
		return fmt.Errorf("terminal: %w, %w", err, res)
	}
	return nil
}
