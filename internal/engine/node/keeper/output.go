package keeper

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/home"
)

// output carries what a container writes from its FIFOs to its log.
type output struct {
	log     *logFile
	sources []*source
	wait    sync.WaitGroup
}

type source struct {
	stream   string
	file     *os.File
	terminal bool
}

// scratch is what one copying needs. A silent container holds none.
type scratch struct {
	buf  []byte
	r, w int // a pipe to look at output in without taking it out of the FIFO
}

var scratches = sync.Pool{New: func() any {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return (*scratch)(nil)
	}
	s := &scratch{buf: make([]byte, 16<<10), r: p[0], w: p[1]}
	runtime.AddCleanup(s, func(p [2]int) { unix.Close(p[0]); unix.Close(p[1]) }, p)
	return s
}}

// peek reads output that it leaves in the FIFO.
func (s *scratch) peek(fd int) (int, error) {
	n, err := unix.Tee(fd, s.w, len(s.buf), unix.SPLICE_F_NONBLOCK)
	if err != nil || n == 0 {
		return 0, err
	}
	return unix.Read(s.r, s.buf[:n])
}

func fifo(h home.Dir, id, stream string) string { return filepath.Join(files(h, id), stream) }

func makeFIFOs(h home.Dir, id string, streams ...string) error {
	for _, s := range streams {
		if err := unix.Mkfifo(fifo(h, id, s), 0o600); err != nil && !errors.Is(err, unix.EEXIST) {
			return &os.PathError{Op: "mkfifo", Path: fifo(h, id, s), Err: err}
		}
	}
	return nil
}

// containerEnd opens a FIFO for the container: for reading too, so that a write of it never finds no reader.
func containerEnd(h home.Dir, id, stream string) (*os.File, error) {
	path := fifo(h, id, stream)
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// openOutput opens the keeper's ends of the FIFOs.
func openOutput(h home.Dir, id, logPath string) (*output, error) {
	o := &output{log: openLog(logPath)}
	for _, s := range []string{"stdout", "stderr"} {
		// O_RDWR: a FIFO whose only writer is gone would be at its end and ready for ever.
		fd, err := unix.Open(fifo(h, id, s), unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			o.close()
			return nil, &os.PathError{Op: "open", Path: fifo(h, id, s), Err: err}
		}
		o.sources = append(o.sources, &source{stream: s, file: os.NewFile(uintptr(fd), s)})
	}
	return o, nil
}

// run copies until finish is called.
func (o *output) run() {
	for _, s := range o.sources {
		o.wait.Go(func() { s.copy(o.log) })
	}
}

// copy waits without holding a buffer, which a silent container does not need.
func (s *source) copy(log *logFile) {
	rc, err := s.file.SyscallConn()
	if err != nil {
		return
	}
	_ = rc.Read(func(fd uintptr) bool { return s.drain(int(fd), log) })
}

// drain copies what there is; it tells whether there will never be more. Output leaves the FIFO only once it is in
// the log: a keeper that is killed in between has its last lines written again by the next, but loses none.
func (s *source) drain(fd int, log *logFile) bool {
	tmp := scratches.Get().(*scratch)
	if tmp == nil {
		return true
	}
	defer scratches.Put(tmp)
	read := tmp.peek
	if s.terminal {
		read = func(fd int) (int, error) { return unix.Read(fd, tmp.buf) }
	}
	for {
		n, err := read(fd)
		switch {
		case n > 0:
			log.write(s.stream, time.Now(), tmp.buf[:n])
			if !s.terminal {
				_, _ = unix.Read(fd, tmp.buf[:n])
			}
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return false
		default:
			return true
		}
	}
}

// finish copies the rest, once the container is dead, and closes everything.
func (o *output) finish() {
	for _, s := range o.sources {
		_ = s.file.SetReadDeadline(time.Now()) // ends copy
	}
	o.wait.Wait()
	for _, s := range o.sources {
		if rc, err := s.file.SyscallConn(); err == nil {
			_ = rc.Control(func(fd uintptr) { s.drain(int(fd), o.log) })
		}
	}
	o.close()
}

func (o *output) close() {
	for _, s := range o.sources {
		s.file.Close()
	}
	o.log.close()
}
