package image

import (
	"context"
	"io"
)

// Progress is how far an operation has come, in bytes. Total is 0 where it is not known.
type Progress struct {
	What        string // what is being read, for instance a file or a short digest
	Done, Total int64
}

type progressKey struct{}

// WithProgress makes the operations of the store under ctx report how far they are, at most once for each MiB. The
// function may be called from several goroutines.
func WithProgress(ctx context.Context, report func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// counted reports what is read through it.
func counted(ctx context.Context, r io.Reader, what string, total int64) io.Reader {
	report, ok := ctx.Value(progressKey{}).(func(Progress))
	if !ok {
		return r
	}
	return &counter{r: r, report: report, p: Progress{What: what, Total: total}}
}

type counter struct {
	r      io.Reader
	report func(Progress)
	p      Progress
	told   int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.p.Done += int64(n)
	if c.p.Done-c.told >= 1<<20 || err == io.EOF && c.p.Done != c.told {
		c.told = c.p.Done
		c.report(c.p)
	}
	return n, err
}

// watched ends a read when ctx ends.
func watched(ctx context.Context, r io.Reader) io.Reader { return &watcher{ctx, r} }

type watcher struct {
	ctx context.Context
	r   io.Reader
}

func (w *watcher) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(b)
}
