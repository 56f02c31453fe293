package stdio

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Receive takes a terminal from the socket that libcontainer sends it over (ConsoleSocket). Closing it ends a read.
func Receive(socket *os.File) (*os.File, error) {
	name := make([]byte, unix.PathMax) // comes with it, and is of no use here
	rights := make([]byte, unix.CmsgSpace(4))
	var n int
	for {
		var err error
		_, n, _, _, err = unix.Recvmsg(int(socket.Fd()), name, rights, unix.MSG_CMSG_CLOEXEC)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, os.NewSyscallError("recvmsg", err)
		}
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) == 0 {
		return nil, errors.Join(errors.New("the container sent no terminal"), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return nil, errors.Join(errors.New("the container sent no terminal"), err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil { // so that it joins Go's poller
		unix.Close(fds[0])
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fds[0]), "terminal"), nil
}

// Resize tells a terminal, and through it the programs in it, how large it is.
func Resize(terminal *os.File, s Size) error {
	c, err := terminal.SyscallConn()
	if err != nil {
		return err
	}
	var res error
	err = c.Control(func(fd uintptr) {
		res = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: s.Height, Col: s.Width})
	})
	if err := errors.Join(err, res); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	return nil
}
