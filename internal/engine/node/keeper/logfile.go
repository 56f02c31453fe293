package keeper

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

// Limits of a container's log: the size at which a file is put aside, and how many files are kept with the newest.
const (
	logSize  = 10 << 20
	logFiles = 5
)

// Timestamp is the layout of a log line's time.
const Timestamp = "2006-01-02T15:04:05.000000000Z07:00"

// logFile writes a container's output in the format of Kubernetes' container runtimes: time, stream, F for a full
// line or P for a part of one, text.
type logFile struct {
	mu   sync.Mutex
	path string
	file *os.File
	size int64
	max  int64
	buf  []byte
}

// openLog opens a log, at the first line at the latest: while the disk is full there may be no place for the file.
func openLog(path string) *logFile {
	l := &logFile{path: path, max: logSize}
	_ = l.open()
	return l
}

func (l *logFile) open() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, st.Size()
	return nil
}

// write adds output at once, the end of an unfinished line too, so that a killed keeper takes no text with it.
func (l *logFile) write(stream string, at time.Time, text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	stamp := at.UTC().Format(Timestamp)
	out := l.buf[:0]
	for len(text) > 0 {
		line, rest, full := bytes.Cut(text, []byte{'\n'})
		tag := " P "
		if full {
			tag = " F "
		}
		out = append(append(append(append(out, stamp...), ' '), stream...), tag...)
		out = append(append(out, line...), '\n')
		text = rest
	}
	l.add(out)
	if cap(out) <= 1<<16 {
		l.buf = out[:0]
	} else {
		l.buf = nil
	}
}

// add writes whole lines. When the disk is full they are dropped: a container must not stop for its log.
func (l *logFile) add(b []byte) {
	if l.file == nil && l.open() != nil {
		return
	}
	if l.size > 0 && l.size+int64(len(b)) > l.max {
		l.rotate()
	}
	n, err := l.file.Write(b)
	if err != nil && n > 0 {
		_ = l.file.Truncate(l.size)
		return
	}
	l.size += int64(n)
}

// rotate puts the file aside under the next number and removes the oldest.
func (l *logFile) rotate() {
	old := Rotated(l.path)
	next := 1
	if len(old) > 0 {
		next = Number(old[len(old)-1]) + 1
	}
	name := fmt.Sprintf("%s.%06d", l.path, next)
	if err := os.Rename(l.path, name); err != nil {
		return
	}
	for i := 0; i < len(old)+2-logFiles; i++ {
		_ = os.Remove(old[i])
	}
	l.file.Close()
	l.file = nil
	if l.open() != nil { // go on with the old file rather than lose lines
		l.file, _ = os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	}
}

func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
	l.buf = nil
}

// Rotated lists the files of a log that were put aside, oldest first.
func Rotated(path string) []string {
	all, _ := filepath.Glob(path + ".[0-9]*")
	sort.Strings(all)
	return all
}

// Number is the number under which a file was put aside; they rise by one.
func Number(path string) int {
	n := 0
	_, _ = fmt.Sscanf(path[strings.LastIndexByte(path, '.')+1:], "%d", &n)
	return n
}
