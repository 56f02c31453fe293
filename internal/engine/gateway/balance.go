package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

var (
	errNotReady  = errors.New("no endpoint is ready")
	errQueueFull = errors.New("too many requests wait for an endpoint")
)

// maxAttempts bounds how often a request that pods break off is sent; those that accept no connection do not count.
const maxAttempts = 4

// balancer sends requests to endpoints.
type balancer struct{ *Gateway }

// RoundTrip sends a request to an endpoint of its route, and to another if it did not begin.
func (b balancer) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchangeOf(req)
	w := &wait{gateway: b.Gateway, until: time.Now().Add(b.opts.Wait)}
	defer w.end()
	for attempt := 1; ; {
		e, err := b.endpoint(req.Context(), x, w)
		if err != nil {
			return nil, err
		}
		x.endpoint, x.holding = e, true
		res, t, err := x.send(req, e)
		if err == nil {
			e.answered()
			return res, nil
		}
		if req.Context().Err() != nil {
			return nil, err // x still holds the endpoint
		}
		w.last = err
		switch dialled := refused(err); {
		case dialled && time.Now().After(w.until):
			return nil, err
		case dialled:
			e.refused(time.Now())
		case attempt == maxAttempts || !t.repeatable(req, x.body):
			return nil, err
		default:
			e.refused(time.Now())
			attempt++
		}
		x.end()
	}
}

// endpoint returns one that takes the request, and waits for it if need be.
func (g *Gateway) endpoint(ctx context.Context, x *exchange, w *wait) (*endpoint, error) {
	var prefer func(*endpoint) bool
	if x.ticket != "" {
		prefer = func(e *endpoint) bool { return x.route.ticket(e) == x.ticket }
	}
	for {
		t := g.table.Load()
		e, due := t.pools[x.route.backend].pick(time.Now(), prefer)
		if e != nil {
			return e, nil
		}
		if err := w.change(ctx, t.replaced, due); err != nil {
			return nil, err
		}
	}
}

// wait is one request's time in the queue.
type wait struct {
	gateway *Gateway
	timer   *time.Timer
	until   time.Time
	last    error // of the last attempt
}

// change waits for another route table, or until an endpoint is due to be tried again.
func (w *wait) change(ctx context.Context, replaced <-chan struct{}, due time.Time) error {
	if w.timer == nil {
		if n := w.gateway.waiting.Add(1); n > int64(w.gateway.opts.Queue) {
			w.gateway.waiting.Add(-1)
			return errQueueFull
		}
		w.timer = time.NewTimer(time.Until(w.until))
	}
	var again <-chan time.Time
	if !due.IsZero() {
		again = time.After(time.Until(due))
	}
	select {
	case <-replaced:
	case <-again:
	case <-w.timer.C:
		if !due.IsZero() && w.last != nil {
			return w.last // there are endpoints, but they accept nothing
		}
		return errNotReady
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (w *wait) end() {
	if w.timer != nil {
		w.timer.Stop()
		w.gateway.waiting.Add(-1)
	}
}

// trace is how far an attempt came.
type trace struct {
	reused   atomic.Bool // the connection had carried requests before
	answered atomic.Bool // a byte came back
}

// repeatable tells whether a broken attempt can be sent again without doing anything twice: nothing was answered,
// the body is still here, and the method is safe, or idempotent and on a connection that its pod was about to close.
// https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods
func (t *trace) repeatable(req *http.Request, b *body) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
	case http.MethodPut, http.MethodDelete:
		if !t.reused.Load() {
			return false
		}
	default:
		return false
	}
	return !t.answered.Load() && req.Header.Get("Upgrade") == "" && (b == nil || b.whole())
}

// refused tells whether no connection came about, so that no request can have begun.
func refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// send makes one attempt.
func (x *exchange) send(req *http.Request, e *endpoint) (*http.Response, *trace, error) {
	t := &trace{}
	alive, cancel := context.WithCancel(req.Context())
	stop := context.AfterFunc(e.life, cancel)
	x.forget = func() { stop(); cancel() }
	ctx := httptrace.WithClientTrace(alive, &httptrace.ClientTrace{
		GotConn:              func(i httptrace.GotConnInfo) { t.reused.Store(i.Reused) },
		GotFirstResponseByte: func() { t.answered.Store(true) },
	})
	out := req.WithContext(ctx)
	u := *req.URL
	u.Host = e.key.address
	out.URL = &u
	if x.body != nil {
		r := x.body.attempt()
		out.Body = r
		res, err := e.way().RoundTrip(out)
		if err != nil {
			r.stop() // the transport may still be about to read
		}
		return keepRequest(res, req), t, err
	}
	out.Body = nil
	out.ContentLength = 0
	res, err := e.way().RoundTrip(out)
	return keepRequest(res, req), t, err
}

func keepRequest(res *http.Response, req *http.Request) *http.Response {
	if res != nil {
		res.Request = req
	}
	return res
}
