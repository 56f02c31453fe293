package gateway

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/types"
)

// endpointKey names one port of one pod. A pod that takes over an address is another endpoint.
type endpointKey struct {
	pod     types.UID
	address string
	h2c     bool
}

// endpoint is where requests can go. It outlives the tables, because requests in flight do.
type endpoint struct {
	key  endpointKey
	mark int

	mu        sync.Mutex
	transport *http.Transport // of its own, so that its idle connections go with it
	open      bool            // new requests may come
	drained   bool            // never again
	load      int             // requests in flight, streams included
	holding   int             // requests in flight that a drain waits for
	idle      chan struct{}
	suspect   time.Time // refused a connection: others are better until then
	fails     int

	life context.Context // ends when the pod is no more: nothing that was sent to it will be answered
	bury context.CancelFunc
}

func newEndpoint(key endpointKey, mark int) *endpoint {
	e := &endpoint{key: key, mark: mark, transport: newTransport(key, mark)}
	e.life, e.bury = context.WithCancel(context.Background())
	return e
}

func newTransport(key endpointKey, mark int) *http.Transport {
	d := &net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second, Control: setMark(mark)}
	t := &http.Transport{
		DialContext:         d.DialContext,
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true, // content goes through as it is
	}
	var protocols http.Protocols
	if key.h2c {
		protocols.SetUnencryptedHTTP2(true)
	} else {
		protocols.SetHTTP1(true)
	}
	t.Protocols = &protocols
	return t
}

// way is how requests get to the endpoint now.
func (e *endpoint) way() *http.Transport {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.transport
}

// renew lets new requests connect anew: what was connected may be forbidden by now. Requests in flight finish.
func (e *endpoint) renew() {
	next := newTransport(e.key, e.mark)
	e.mu.Lock()
	old := e.transport
	e.transport = next
	e.mu.Unlock()
	old.CloseIdleConnections() // and those that become idle: it is not asked for one again
}

func setMark(mark int) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		if ctlErr := c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, mark)
		}); ctlErr != nil {
			return ctlErr
		}
		return err
	}
}

// acquire begins a request, unless the endpoint has just been closed.
func (e *endpoint) acquire() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.open || e.drained {
		return false
	}
	e.load++
	e.holding++
	return true
}

// letGo ends what a drain waits for, while the request goes on: a stream without end.
func (e *endpoint) letGo() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.holding--
	if e.holding == 0 && e.idle != nil {
		close(e.idle)
		e.idle = nil
	}
}

// release ends a request.
func (e *endpoint) release() {
	e.mu.Lock()
	e.load--
	last := e.load == 0 && !e.open
	e.mu.Unlock()
	if last {
		e.way().CloseIdleConnections()
	}
}

// refused notes that a connection failed, so that others are tried first for a moment.
func (e *endpoint) refused(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.suspect = now.Add(min(25*time.Millisecond<<min(e.fails, 6), time.Second))
	e.fails++
}

func (e *endpoint) answered() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.suspect, e.fails = time.Time{}, 0
}

// wait returns when no request is in flight, or ctx ends.
func (e *endpoint) wait(ctx context.Context) {
	e.mu.Lock()
	if e.holding == 0 {
		e.mu.Unlock()
		return
	}
	if e.idle == nil {
		e.idle = make(chan struct{})
	}
	idle := e.idle
	e.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// pool is the endpoints of one port of one Service.
type pool struct {
	known int // endpoints, ready or not
	ready []*endpoint
}

// pick begins a request at the endpoint with the fewest in flight, a random one of several. prefer comes first if it
// fits. Endpoints that refused a connection a moment ago are left out; then it returns when the first is due again.
func (p *pool) pick(now time.Time, prefer func(*endpoint) bool) (*endpoint, time.Time) {
	if p == nil {
		return nil, time.Time{}
	}
	for {
		var best *endpoint
		var due time.Time
		least, ties := 0, 0
		for _, e := range p.ready {
			e.mu.Lock()
			usable, load, suspect := e.open && !e.drained, e.load, e.suspect
			e.mu.Unlock()
			if !usable {
				continue
			}
			if now.Before(suspect) {
				if due.IsZero() || suspect.Before(due) {
					due = suspect
				}
				continue
			}
			if prefer != nil && prefer(e) {
				best = e
				break
			}
			switch {
			case best == nil || load < least:
				best, least, ties = e, load, 1
			case load == least:
				if ties++; rand.IntN(ties) == 0 {
					best = e
				}
			}
		}
		if best == nil {
			return nil, due
		}
		if best.acquire() {
			return best, time.Time{}
		}
	}
}
