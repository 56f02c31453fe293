package stdio

import (
	"errors"
	"os"
	"testing"

	"github.com/opencontainers/runc/libcontainer/utils"
	"golang.org/x/sys/unix"
)

// send does what libcontainer does with the terminal of a container.
func send(t *testing.T, fds ...int) *os.File {
	t.Helper()
	ours, theirs, err := utils.NewSockPair("console")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	if err := unix.Sendmsg(int(theirs.Fd()), []byte("/dev/ptmx"), rights, nil, 0); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	return ours
}

func TestATerminalIsReceivedResizedAndItsReadEndsWhenItIsClosed(t *testing.T) {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(master)
	got, err := Receive(send(t, master))
	if err != nil {
		t.Fatal(err)
	}
	if err := Resize(got, Size{Width: 132, Height: 43}); err != nil {
		t.Error(err)
	}
	if w, err := unix.IoctlGetWinsize(master, unix.TIOCGWINSZ); err != nil || w.Col != 132 || w.Row != 43 {
		t.Errorf("size %v, %v", w, err)
	}
	ended := make(chan error)
	go func() {
		_, err := got.Read(make([]byte, 1))
		ended <- err
	}()
	_ = got.Close()
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Errorf("the read ended with %v", err)
	}
}

func TestASocketWithoutATerminalIsAnError(t *testing.T) {
	if f, err := Receive(send(t)); err == nil {
		t.Errorf("received %v", f.Name())
	}
}
