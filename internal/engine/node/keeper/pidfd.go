package keeper

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// process is a running process that need not be a child.
type process struct {
	pid  int
	file *os.File // its pidfd, in Go's poller, so that waiting costs no thread
}

// openProcess finds the process of a number, unless it is another one than that which began at ticks.
func openProcess(pid int, ticks uint64) (*process, error) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, err)
	}
	unix.CloseOnExec(fd)
	p := &process{pid: pid, file: os.NewFile(uintptr(fd), "pidfd")}
	if st, err := readStat(pid); err != nil || ticks != 0 && st.ticks != ticks {
		p.file.Close()
		return nil, fmt.Errorf("process %d: %w", pid, unix.ESRCH)
	}
	return p, nil
}

// wait blocks until the process is dead.
func (p *process) wait() error {
	rc, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	return rc.Read(func(fd uintptr) bool {
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			if err != unix.EINTR {
				return n > 0 || err != nil
			}
		}
	})
}

// status is the wait status of the dead process: as its parent; else from its remains, if nobody has waited for it;
// else from the kernel's memory of those that are gone (Linux 6.15). known tells whether there was any.
func (p *process) status() (ws unix.WaitStatus, known bool) {
	for {
		pid, err := unix.Wait4(p.pid, &ws, unix.WNOHANG, nil)
		if pid == p.pid {
			return ws, true
		}
		if err != unix.EINTR {
			break
		}
	}
	if st, err := readStat(p.pid); err == nil && (st.state == 'Z' || st.state == 'X') {
		return unix.WaitStatus(st.code), true
	}
	rc, err := p.file.SyscallConn()
	if err != nil {
		return 0, false
	}
	_ = rc.Control(func(fd uintptr) { ws, known = exitInfo(int(fd)) })
	return ws, known
}

func (p *process) signal(sig unix.Signal) error {
	rc, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	var res error
	if err := rc.Control(func(fd uintptr) { res = unix.PidfdSendSignal(int(fd), sig, nil, 0) }); err != nil {
		return err
	}
	if errors.Is(res, unix.ESRCH) {
		return nil
	}
	return res
}

// exitInfo asks the kernel how a process ended that is already gone.
func exitInfo(fd int) (unix.WaitStatus, bool) {
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
	if err := unix.IoctlPidfdInfo(fd, &info); err != nil {
		return 0, false
	}
	return unix.WaitStatus(info.Exit_code), info.Mask&unix.PIDFD_INFO_EXIT != 0
}

type stat struct {
	state byte
	ticks uint64
	code  int
}

// readStat reads what is needed of /proc/PID/stat; see proc(5).
func readStat(pid int) (stat, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, err
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:]) // the first of these is field 3
	if len(f) < 50 {
		return stat{}, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(f))
	}
	ticks, err := strconv.ParseUint(string(f[19]), 10, 64)
	if err != nil {
		return stat{}, err
	}
	code, err := strconv.Atoi(string(f[49]))
	return stat{f[0][0], ticks, code}, err
}
