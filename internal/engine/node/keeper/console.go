package keeper

import (
	"os"

	"github.com/opencontainers/runc/libcontainer/utils"
	"golang.org/x/sys/unix"
)

// console receives the terminal that libcontainer makes for a container and copies what is written to it.
func (k *Keeper) console(c *container) (*os.File, error) {
	ours, theirs, err := utils.NewSockPair("console")
	if err != nil {
		return nil, err
	}
	c.output.wait.Go(func() {
		defer ours.Close()
		master, err := utils.RecvFile(ours)
		if err != nil {
			return
		}
		defer master.Close()
		fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil || unix.SetNonblock(fd, true) != nil {
			return
		}
		s := &source{stream: "stdout", file: os.NewFile(uintptr(fd), "terminal"), terminal: true}
		s.copy(c.output.log)
		s.file.Close()
	})
	return theirs, nil
}
