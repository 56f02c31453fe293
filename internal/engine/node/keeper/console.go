package keeper

import (
	"os"

	"github.com/opencontainers/runc/libcontainer/utils"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// console receives the terminal that libcontainer makes for a container and copies what is written to it.
func (k *Keeper) console(c *container) (*os.File, error) {
	ours, theirs, err := utils.NewSockPair("console")
	if err != nil {
		return nil, err
	}
	c.output.wait.Go(func() { // the log is closed after the last of it
		defer ours.Close()
		terminal, err := stdio.Receive(ours)
		if err != nil {
			return
		}
		defer terminal.Close()
		s := &source{stream: "stdout", file: terminal, terminal: true}
		s.copy(c.output.log)
	})
	return theirs, nil
}
