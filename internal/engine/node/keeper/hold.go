package keeper

import (
	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/home"
)

// Hold is an engine's hand on a container that runs: it keeps output in the FIFOs and the exit code in the kernel
// while there is no keeper to take them. It costs three file descriptors.
type Hold struct {
	process *process
	fifos   []int
}

// NewHold takes hold of a running container. What cannot be had is done without: a Hold is a second chance only.
func NewHold(h home.Dir, c *Container) *Hold {
	o := &Hold{}
	o.process, _ = openProcess(c.PID, c.Ticks)
	for _, s := range []string{"stdout", "stderr"} {
		if fd, err := unix.Open(fifo(h, c.ID, s), unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			o.fifos = append(o.fifos, fd)
		}
	}
	return o
}

// Complete adds to an exit what the keeper could not know.
func (o *Hold) Complete(e *Exit) {
	if o == nil || o.process == nil || !e.Unknown {
		return
	}
	if ws, known := o.process.status(); known {
		e.set(ws)
	}
}

// Close lets go.
func (o *Hold) Close() {
	if o == nil {
		return
	}
	if o.process != nil {
		o.process.file.Close()
	}
	for _, fd := range o.fifos {
		unix.Close(fd)
	}
	o.fifos = nil
}
