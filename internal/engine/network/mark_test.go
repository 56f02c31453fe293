package network

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// markSocket makes a connection the gateway's.
func markSocket(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, GatewayMark) }); e != nil {
		return e
	}
	return err
}
