package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stalled is how long a client may send or take nothing of a body before its connection is given up.
const stalled = time.Minute

// exchange is one request on its way.
type exchange struct {
	route    *route
	endpoint *endpoint
	body     *body
	forget   func() // ends the attempt's watch over its pod; its answer has been read
	holding  bool   // a drain waits for it
	upgraded bool   // to another protocol
	ticket   string // of the sticky cookie that came with it
}

type exchangeKey struct{}

func exchangeOf(r *http.Request) *exchange { return r.Context().Value(exchangeKey{}).(*exchange) }

// serve handles one request of a client.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	c := http.NewResponseController(w)
	out := &writer{ResponseWriter: w, control: c}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	rt := g.table.Load().match(host, r.URL.Path)
	service := ""
	if rt != nil {
		service = rt.backend.String()
	}
	done := g.counters.begin(service)
	defer func() {
		done(out.code)
		if g.log.Enabled(r.Context(), slog.LevelDebug) {
			g.log.Debug("request", "method", r.Method, "host", r.Host, "path", r.URL.Path, "code", out.code,
				"service", service, "client", r.RemoteAddr, "took", time.Since(begun))
		}
		_ = c.SetWriteDeadline(time.Time{})
	}()
	switch {
	case r.Method == http.MethodConnect:
		fail(out, http.StatusMethodNotAllowed, "this is not a forward proxy")
		return
	case rt == nil:
		fail(out, http.StatusNotFound, "no Ingress has a route for "+host+r.URL.Path)
		return
	case rt.problem != "":
		fail(out, http.StatusServiceUnavailable, rt.problem)
		return
	}
	x := &exchange{route: rt}
	defer x.end()
	if rt.rules.cookie != "" {
		if cookie, err := r.Cookie(rt.cookieName()); err == nil {
			x.ticket = cookie.Value
		}
	}
	if r.Body != nil && r.Body != http.NoBody {
		x.body = &body{src: r.Body, control: c}
		_ = c.EnableFullDuplex()   // a pod may answer while it still reads
		r.Body = io.NopCloser(nil) // read through the exchange, attempt by attempt
	}
	g.proxy.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
	if x.upgraded && out.code == 0 {
		out.code = http.StatusSwitchingProtocols // written past us
	}
}

// end gives the endpoint back.
func (x *exchange) end() {
	x.stream()
	if x.forget != nil {
		x.forget()
		x.forget = nil
	}
	if x.endpoint != nil {
		x.endpoint.release()
		x.endpoint = nil
	}
}

// stream lets drains pass while the request goes on.
func (x *exchange) stream() {
	if x.endpoint != nil && x.holding {
		x.holding = false
		x.endpoint.letGo()
	}
}

func (g *Gateway) newProxy() http.Handler {
	return &httputil.ReverseProxy{
		Transport:  balancer{g},
		BufferPool: &buffers{},
		ErrorLog:   slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
		Rewrite: func(pr *httputil.ProxyRequest) {
			x := exchangeOf(pr.In)
			pr.Out.URL.Scheme = "http"
			pr.Out.URL.Host = x.route.backend.service // replaced by the endpoint's address
			pr.Out.URL.RawQuery = pr.In.URL.RawQuery
			pr.Out.Host = pr.In.Host
			for k := range pr.Out.Header {
				if strings.HasPrefix(k, "X-Forwarded-") {
					delete(pr.Out.Header, k) // said by nobody we trust
				}
			}
			pr.SetXForwarded()
			if ip, _, err := net.SplitHostPort(pr.In.RemoteAddr); err == nil {
				pr.Out.Header.Set("X-Real-Ip", ip)
			}
			pr.Out.Header.Set("X-Forwarded-Port", strconv.Itoa(g.port()))
			if _, ok := pr.In.Header["User-Agent"]; !ok {
				pr.Out.Header["User-Agent"] = nil // no made-up one
			}
			x.route.rewrite(pr)
		},
		ModifyResponse: func(res *http.Response) error {
			x := exchangeOf(res.Request)
			x.upgraded = res.StatusCode == http.StatusSwitchingProtocols
			if x.upgraded || strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
				x.stream()
			}
			if x.route.rules.cookie != "" && x.endpoint != nil {
				if ticket := x.route.ticket(x.endpoint); ticket != x.ticket {
					res.Header.Add("Set-Cookie", (&http.Cookie{
						Name: x.route.cookieName(), Value: ticket, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
					}).String())
				}
			}
			set(res.Header, x.route.rules.response)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			code, text := explain(r, err)
			g.log.Debug("request failed", "host", r.Host, "path", r.URL.Path, "error", err)
			fail(w, code, text)
		},
	}
}

// statusClientClosed is what nginx notes when the client went away; nobody receives it.
const statusClientClosed = 499

// explain turns what went wrong into what a person needs.
func explain(r *http.Request, err error) (int, string) {
	service := exchangeOf(r).route.backend.String()
	var op *net.OpError
	switch {
	case errors.Is(err, errNotReady):
		return http.StatusServiceUnavailable, "no pod of Service " + service + " is ready"
	case errors.Is(err, errQueueFull):
		return http.StatusServiceUnavailable, "no pod of Service " + service + " is ready, and too many requests wait for one"
	case r.Context().Err() != nil:
		return statusClientClosed, "the client went away"
	case errors.Is(err, os.ErrDeadlineExceeded) && !errors.As(err, &op):
		return http.StatusRequestTimeout, "the request did not come in time"
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return http.StatusGatewayTimeout, "the pods of Service " + service + " do not answer; does a NetworkPolicy keep out namespace kube-system, where the gateway counts as?"
	case errors.As(err, &op) && op.Op == "dial":
		return http.StatusBadGateway, "the pods of Service " + service + " accept no connection on the port that the Service names"
	}
	return http.StatusBadGateway, "a pod of Service " + service + " broke off before it answered"
}

// fail answers with a plain page.
func fail(w http.ResponseWriter, code int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if code == http.StatusServiceUnavailable {
		h.Set("Retry-After", "2")
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, strconv.Itoa(code)+" "+http.StatusText(code)+"\n"+text+"\n")
}

// writer notes the status and gives up clients that take nothing.
type writer struct {
	http.ResponseWriter
	control *http.ResponseController
	code    int
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeader(code int) {
	if code >= 200 || code == http.StatusSwitchingProtocols {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *writer) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	_ = w.control.SetWriteDeadline(time.Now().Add(stalled))
	return w.ResponseWriter.Write(b)
}

// buffers are shared by all requests.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
