package node

import (
	"io"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/utils"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// terminal gives the command a terminal of its own, whose other end libcontainer sends over a socket.
func (e *ioEnds) terminal(p *libcontainer.Process, s stdio.Streams) error {
	ours, theirs, err := utils.NewSockPair("console")
	if err != nil {
		return err
	}
	e.theirs, e.ours = append(e.theirs, theirs), append(e.ours, ours)
	p.ConsoleSocket = theirs
	select {
	case size := <-s.Resize:
		p.ConsoleWidth, p.ConsoleHeight = size.Width, size.Height
	default:
	}
	e.onStart = append(e.onStart, func() {
		fd, err := stdio.Receive(ours)
		if err != nil {
			return
		}
		e.ours = append(e.ours, fd)
		if s.Stdin != nil {
			go func() {
				_, _ = io.Copy(fd, s.Stdin)
				_, _ = fd.Write([]byte{4}) // end of transmission: what a person would type
			}()
		}
		if s.Stdout != nil {
			e.copies.Go(func() { pass(s.Stdout, fd) })
		}
		if s.Resize != nil {
			go func() {
				for size := range s.Resize {
					if stdio.Resize(fd, size) != nil {
						return
					}
				}
			}()
		}
	})
	return nil
}
