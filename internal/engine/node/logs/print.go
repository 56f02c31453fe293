package logs

import (
	"bytes"
	"errors"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

var errFull = errors.New("as many bytes as were asked for")

func ignoreFull(err error) error {
	if errors.Is(err, errFull) {
		return nil
	}
	return err
}

// printer turns lines of the file into what was asked for.
type printer struct {
	out    io.Writer
	buf    []byte
	since  time.Time
	stamps bool
	stream string // "" for all
	limit  int64  // bytes left; -1 for no limit
	inside map[string]bool
}

func newPrinter(opts *corev1.PodLogOptions, out io.Writer) *printer {
	p := &printer{out: out, stamps: opts.Timestamps, limit: -1, inside: map[string]bool{}}
	if opts.SinceTime != nil {
		p.since = opts.SinceTime.Time
	}
	if opts.SinceSeconds != nil {
		p.since = time.Now().Add(-time.Duration(*opts.SinceSeconds) * time.Second)
	}
	if opts.LimitBytes != nil {
		p.limit = *opts.LimitBytes
	}
	if opts.Stream != nil {
		switch *opts.Stream {
		case corev1.LogStreamStdout:
			p.stream = "stdout"
		case corev1.LogStreamStderr:
			p.stream = "stderr"
		}
	}
	return p
}

func (p *printer) full() bool { return p.limit == 0 }

// line prints one line of the file: time, stream, tag, text.
func (p *printer) line(l []byte) error {
	f := bytes.SplitN(l, []byte{' '}, 4)
	if len(f) < 4 {
		return nil // torn by a full disk
	}
	stream, part := string(f[1]), len(f[2]) > 0 && f[2][0] == 'P'
	if p.stream != "" && p.stream != stream {
		return nil
	}
	if !p.since.IsZero() {
		if at, err := time.Parse(keeper.Timestamp, string(f[0])); err == nil && at.Before(p.since) {
			return nil
		}
	}
	if p.stamps && !p.inside[stream] {
		p.buf = append(append(p.buf, f[0]...), ' ')
	}
	p.inside[stream] = part
	text := f[3]
	if part {
		text = bytes.TrimSuffix(text, []byte{'\n'})
	}
	p.buf = append(p.buf, text...)
	if len(p.buf) >= 16<<10 || p.limit >= 0 && int64(len(p.buf)) >= p.limit {
		return p.flush()
	}
	return nil
}

func (p *printer) flush() error {
	b := p.buf
	if p.limit >= 0 {
		b = b[:min(int64(len(b)), p.limit)]
		p.limit -= int64(len(b))
	}
	p.buf = p.buf[:0]
	if len(b) > 0 {
		if _, err := p.out.Write(b); err != nil {
			return err
		}
	}
	if p.full() {
		return errFull
	}
	return nil
}
