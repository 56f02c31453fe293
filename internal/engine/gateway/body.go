package gateway

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// maxReplay is how much of a request's body is kept for another attempt, in bytes.
const maxReplay = 64 << 10

var errStopped = errors.New("another attempt reads the body now")

// body is a request's body, which several attempts may read from its beginning while it is short.
type body struct {
	src     io.Reader
	control *http.ResponseController

	mu   sync.Mutex
	kept []byte // what was read
	read int64  // how much was read
	lost bool   // more was read than is kept
	end  error  // what the source ended with
}

// whole tells whether another attempt could read everything again. It does not wait for an attempt that waits for
// the client.
func (b *body) whole() bool {
	if !b.mu.TryLock() {
		return false
	}
	defer b.mu.Unlock()
	return !b.lost
}

func (b *body) attempt() *reader { return &reader{b: b} }

// reader is one attempt's view of a body.
type reader struct {
	b       *body
	at      int64
	stopped atomic.Bool
}

func (r *reader) Read(p []byte) (int, error) {
	b := r.b
	b.mu.Lock() // also against a former attempt that still waits for the client
	defer b.mu.Unlock()
	switch {
	case r.stopped.Load():
		return 0, errStopped
	case r.at < b.read && b.lost:
		return 0, errStopped // a former attempt took what is missing
	case r.at < b.read:
		n := copy(p, b.kept[r.at:])
		r.at += int64(n)
		return n, nil
	case b.end != nil:
		return 0, b.end
	}
	_ = b.control.SetReadDeadline(time.Now().Add(stalled))
	n, err := b.src.Read(p)
	b.read += int64(n)
	if err != nil {
		b.end = err
		_ = b.control.SetReadDeadline(time.Time{}) // the server now watches the connection for its end
	}
	if b.lost = b.lost || b.read > maxReplay; b.lost {
		b.kept = nil
	} else {
		b.kept = append(b.kept, p[:n]...)
	}
	r.at = b.read
	return n, err
}

// Close is the transport's; the server closes the body itself.
func (r *reader) Close() error { return nil }

// stop ends an attempt's reading. What a read that waits for the client brings is kept for the next attempt.
func (r *reader) stop() { r.stopped.Store(true) }
