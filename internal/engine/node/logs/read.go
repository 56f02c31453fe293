package logs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

// Read writes the log whose newest file is path to out. If opts say to follow, it goes on until ctx ends or, once
// over is true, at the end of the log.
func Read(ctx context.Context, path string, opts *corev1.PodLogOptions, over func() bool, out io.Writer) error {
	w := newPrinter(opts, out)
	c, err := open(path, opts.TailLines)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer c.close()
	const first, most = 10 * time.Millisecond, 100 * time.Millisecond
	pause := first
	for {
		ended := over() // asked before reading: what was written before the end is then read
		n, err := c.copy(w)
		if err != nil || w.full() {
			return ignoreFull(err)
		}
		if !opts.Follow || ended && n == 0 {
			return nil
		}
		if n > 0 {
			pause = first
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
			pause = min(pause*2, most)
		}
	}
}

// cursor is a place in a log.
type cursor struct {
	path string // of the newest file
	file *os.File
	rest []byte // a line that is not whole yet
}

// open goes to where the last lines begin, or to the beginning.
func open(path string, tail *int64) (*cursor, error) {
	files := append(keeper.Rotated(path), path)
	c := &cursor{path: path}
	if tail == nil {
		for _, f := range files {
			file, err := os.Open(f)
			if errors.Is(err, os.ErrNotExist) {
				continue // put aside or removed since
			}
			c.file = file
			return c, err
		}
		return nil, os.ErrNotExist
	}
	left := *tail
	for i := len(files) - 1; i >= 0; i-- {
		file, err := os.Open(files[i])
		if errors.Is(err, os.ErrNotExist) && (c.file != nil || i > 0) {
			continue
		} else if err != nil {
			return nil, err
		}
		if c.file != nil {
			c.file.Close()
		}
		c.file = file
		at, found, err := lastLines(file, left)
		if err != nil {
			return nil, err
		}
		if _, err := file.Seek(at, io.SeekStart); err != nil {
			return nil, err
		}
		if left -= found; left <= 0 {
			break
		}
	}
	return c, nil
}

// lastLines finds where the last n lines begin, and how many there are up to n.
func lastLines(f *os.File, n int64) (int64, int64, error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || n <= 0 {
		return end, 0, err
	}
	buf := make([]byte, 64<<10)
	found := int64(-1) // the newline that ends the file begins no line
	for end > 0 {
		size := min(end, int64(len(buf)))
		end -= size
		if _, err := f.ReadAt(buf[:size], end); err != nil {
			return 0, 0, err
		}
		for i := size - 1; i >= 0; i-- {
			if buf[i] == '\n' {
				if found++; found == n {
					return end + i + 1, n, nil
				}
			}
		}
	}
	return 0, found + 1, nil
}

// copy prints whole lines up to the end of the newest file and returns how many bytes there were.
func (c *cursor) copy(w *printer) (int, error) {
	total := 0
	for {
		n, err := c.copyFile(w)
		total += n
		if err != nil {
			return total, err
		}
		next, err := c.next()
		if err != nil || next == nil {
			return total, err
		}
		// The file may have grown between its end and its being put aside.
		n, err = c.copyFile(w)
		total += n
		c.file.Close()
		c.file, c.rest = next, nil
		if err != nil {
			return total, err
		}
	}
}

func (c *cursor) copyFile(w *printer) (int, error) {
	r := bufio.NewReaderSize(c.file, 32<<10)
	total := 0
	for {
		line, err := r.ReadSlice('\n')
		total += len(line)
		c.rest = append(c.rest, line...)
		if err == nil {
			err = w.line(c.rest)
			c.rest = c.rest[:0]
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return total, w.flush()
		case err != nil:
			return total, err
		}
	}
}

// next is the file after this one; nil if this one is the newest.
func (c *cursor) next() (*os.File, error) {
	mine, err := c.file.Stat()
	if err != nil {
		return nil, err
	}
	if st, err := os.Stat(c.path); err != nil || os.SameFile(mine, st) {
		return nil, nil //nolint:nilerr // it is being rotated: the next one comes in a moment
	}
	old := keeper.Rotated(c.path)
	for i, f := range old {
		if st, err := os.Stat(f); err == nil && os.SameFile(mine, st) {
			if i+1 < len(old) {
				return os.Open(old[i+1])
			}
			return os.Open(c.path)
		}
	}
	if len(old) > 0 { // this one is removed already
		return os.Open(old[0])
	}
	return os.Open(c.path)
}

func (c *cursor) close() {
	if c.file != nil {
		c.file.Close()
	}
}

// Last is the end of a log's text: at most that many lines and bytes.
func Last(path string, lines, size int64) string {
	var b bytes.Buffer
	_ = Read(context.Background(), path, &corev1.PodLogOptions{TailLines: &lines}, func() bool { return true }, &b)
	text := b.Bytes()
	if int64(len(text)) > size {
		text = text[int64(len(text))-size:]
	}
	return string(text)
}
