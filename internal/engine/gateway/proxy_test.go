package gateway

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// echo answers with what it received.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s %s host=%s\n", r.Method, r.RequestURI, r.Host)
	_ = r.Header.Write(w)
})

func TestAPodLearnsWhoAsksAndIsToldNoLies(t *testing.T) {
	w := start(t, nil)
	simple(t, w, nil, startPod(t, "a", echo))
	_, got := w.get("/x?a=1;b=%zz", host("shop.example"), func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", "6.6.6.6")
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Forwarded-Prefix", "/evil")
		r.Header.Set("X-Real-Ip", "6.6.6.6")
		r.Header.Set("Forwarded", "for=6.6.6.6")
		r.Header.Set("Connection", "X-Secret")
		r.Header.Set("X-Secret", "hop")
		r.Header.Set("Keep-Alive", "1")
		r.Header.Set("X-Kept", "yes")
	})
	for _, want := range []string{"GET /x?a=1;b=%zz host=shop.example\n", "X-Forwarded-For: 127.0.0.1\r\n", "X-Forwarded-Proto: http\r\n",
		"X-Forwarded-Host: shop.example\r\n", "X-Real-Ip: 127.0.0.1\r\n", "X-Kept: yes\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, bad := range []string{"6.6.6.6", "https", "evil", "X-Secret", "Keep-Alive"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q in\n%s", bad, got)
		}
	}
}

func TestAnnotationsChangePathsAndHeaders(t *testing.T) {
	w := start(t, nil)
	simple(t, w, map[string]string{
		StripPrefix: "/shop, /store", AddPrefix: "/v1", RequestHeaders: `{"X-Env":"prod","Accept":""}`, ResponseHeaders: `{"Strict":"yes","Date":""}`,
	}, startPod(t, "a", echo))
	res := w.do("GET", "/store/x%2Fy", nil, func(r *http.Request) { r.Header.Set("Accept", "all") })
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := string(b)
	if !strings.Contains(got, "GET /v1/x%2Fy ") || !strings.Contains(got, "X-Env: prod") || strings.Contains(got, "Accept: all") || !strings.Contains(got, "X-Forwarded-Prefix: /store") {
		t.Error(got)
	}
	if res.Header.Get("Strict") != "yes" || res.Header.Get("X-Content") != "" {
		t.Error(res.Header)
	}
	for in, want := range map[string]string{"/shop": "/v1/", "/shopping": "/v1/shopping"} {
		if _, got := w.get(in); !strings.Contains(got, "GET "+want+" ") {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func TestTheLeastBusyPodIsAsked(t *testing.T) {
	w := start(t, nil)
	hold := make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			<-hold
		}
		fmt.Fprint(w, "busy")
	})
	busy, free := startPod(t, "busy", slow), startPod(t, "free", say("free"))
	simple(t, w, nil, busy)
	go func() { w.do("GET", "/hold", nil) }()
	defer close(hold)
	eventually(t, "one is busy", func() bool { return w.gateway.Counts()["shop/api"].InFlight == 1 })
	back(t, w, "api", free)
	eventually(t, "both are there", func() bool {
		return len(w.gateway.table.Load().pools[backendKey{"shop", "api", "80"}].ready) == 2
	})
	for range 20 {
		if _, got := w.get("/"); got != "free /" {
			t.Fatal(got)
		}
	}
}

func TestNoPodReadyIsWaitedForAndThenSaid(t *testing.T) {
	w := start(t, nil)
	p := startPod(t, "a", say("a"))
	simple(t, w, nil, p)
	p.condition(t, w, false, false)
	got := make(chan string, 1)
	go func() {
		_, body := w.get("/x")
		got <- body
	}()
	eventually(t, "the request waits", func() bool { return w.gateway.waiting.Load() == 1 })
	p.condition(t, w, true, false)
	if body := <-got; body != "a /x" {
		t.Error(body)
	}

	hasty := start(t, func(o *Options) { o.Wait, o.Queue = time.Millisecond, 10 })
	simple(t, hasty, nil)
	res := hasty.do("GET", "/", nil)
	b, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(string(b), "no pod of Service shop/api is ready") {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, b)
	}
}

func TestTheQueueHasALimit(t *testing.T) {
	w := start(t, func(o *Options) { o.Queue = 2 })
	simple(t, w, nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range 2 {
		go func() {
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
			if res, err := http.DefaultClient.Do(r); err == nil {
				_ = res.Body.Close()
			}
		}()
	}
	eventually(t, "two wait", func() bool { return w.gateway.waiting.Load() == 2 })
	if code, body := w.get("/"); code != 503 || !strings.Contains(body, "too many") {
		t.Errorf("%d %s", code, body)
	}
	cancel()
	eventually(t, "those that went away wait no longer", func() bool { return w.gateway.waiting.Load() == 0 })
	eventually(t, "they are counted", func() bool { return w.gateway.Counts()["shop/api"].ByCode[statusClientClosed] == 2 })
}

func TestADeadPodCostsNoRequest(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		t.Run(method, func(t *testing.T) {
			w := start(t, nil)
			dead, alive := startPod(t, "dead", say("dead")), startPod(t, "alive", say("alive"))
			simple(t, w, nil, dead, alive)
			dead.server.Close()
			for range 20 {
				res := w.do(method, "/", strings.NewReader("body"))
				if b, _ := io.ReadAll(res.Body); string(b) != "alive /" {
					t.Fatalf("%d %s", res.StatusCode, b)
				}
			}
		})
	}
}

func TestAnOnlyPodThatComesBackInTimeCostsNoRequest(t *testing.T) {
	w := start(t, nil)
	p := startPod(t, "a", say("a"))
	simple(t, w, nil, p)
	addr := p.addr
	p.server.Close()
	got := make(chan int, 1)
	go func() {
		res := w.do("POST", "/", strings.NewReader("x"))
		got <- res.StatusCode
	}()
	eventually(t, "the request waits", func() bool { return w.gateway.waiting.Load() == 1 })
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	again := &http.Server{Handler: say("again")}
	go func() { _ = again.Serve(l) }()
	defer func() { _ = again.Close() }()
	if code := <-got; code != 200 {
		t.Errorf("%d", code)
	}
}

// breaker answers nothing: it reads the request and closes the connection.
func breaker(t *testing.T, name string) (*pod, *atomic.Int32) {
	n := new(atomic.Int32)
	return startPod(t, name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		c, _, _ := w.(http.Hijacker).Hijack()
		_ = c.Close()
	})), n
}

func TestWhatMayHaveBegunIsNotSentTwice(t *testing.T) {
	w := start(t, nil)
	broken, times := breaker(t, "broken")
	simple(t, w, nil, broken)
	res := w.do("POST", "/", strings.NewReader("pay 100"))
	b, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusBadGateway || times.Load() != 1 || !strings.Contains(string(b), "broke off") {
		t.Errorf("%d, sent %d times: %s", res.StatusCode, times.Load(), b)
	}
	back(t, w, "api", startPod(t, "good", say("good")))
	eventually(t, "the other is there", func() bool {
		return len(w.gateway.table.Load().pools[backendKey{"shop", "api", "80"}].ready) == 2
	})
	for range 10 {
		if code, body := w.get("/"); code != 200 {
			t.Errorf("%d %s", code, body)
		}
	}
}

func TestAShortBodyIsSentAgainWhole(t *testing.T) {
	w := start(t, nil)
	broken, times := breaker(t, "broken")
	hash := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		_, _ = io.Copy(h, r.Body)
		fmt.Fprint(w, hex.EncodeToString(h.Sum(nil)))
	})
	simple(t, w, nil, broken, startPod(t, "good", hash))
	content := make([]byte, maxReplay)
	_, _ = rand.Read(content)
	want := sha256.Sum256(content)
	for i := 0; i < 50 && times.Load() == 0; i++ {
		res := w.do("OPTIONS", "/", bytes.NewReader(content)) // a method that may be sent again
		if b, _ := io.ReadAll(res.Body); string(b) != hex.EncodeToString(want[:]) {
			t.Fatalf("%d %s", res.StatusCode, b)
		}
	}
	if times.Load() == 0 {
		t.Fatal("the broken pod was never asked")
	}
}

func TestALargeBodyStreamsBothWays(t *testing.T) {
	w := start(t, nil)
	simple(t, w, nil, startPod(t, "a", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.Copy(w, r.Body)
	})))
	const size = 64 << 20
	sent := sha256.New()
	res := w.do("POST", "/", io.TeeReader(io.LimitReader(rand.Reader, size), sent))
	got := sha256.New()
	if n, err := io.Copy(got, res.Body); n != size || err != nil || !bytes.Equal(got.Sum(nil), sent.Sum(nil)) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestAnEventIsThereBeforeTheNextOne(t *testing.T) {
	w := start(t, nil)
	next := make(chan struct{})
	simple(t, w, nil, startPod(t, "a", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	})))
	res := w.do("GET", "/", nil)
	in := bufio.NewReader(res.Body)
	for i := range 3 {
		if line, err := in.ReadString('\n'); err != nil || line != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("%q %v", line, err)
		}
		_, _ = in.ReadString('\n')
		next <- struct{}{}
	}
}

func TestAWebSocketGoesThrough(t *testing.T) {
	w := start(t, nil)
	p := startPod(t, "a", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" {
			http.Error(w, "no upgrade", http.StatusBadRequest)
			return
		}
		c, buf, _ := w.(http.Hijacker).Hijack()
		defer c.Close()
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		for {
			line, err := buf.ReadString('\n')
			if err != nil {
				return
			}
			fmt.Fprint(c, strings.ToUpper(line))
		}
	}))
	simple(t, w, nil, p)
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	in := bufio.NewReader(c)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", res, err)
	}
	defer func() { _ = res.Body.Close() }()
	for _, word := range []string{"hello\n", "again\n"} {
		fmt.Fprint(c, word)
		if got, err := in.ReadString('\n'); err != nil || got != strings.ToUpper(word) {
			t.Fatalf("%q %v", got, err)
		}
	}
	// A stream without end holds up nobody who wants to stop the pod.
	w.gateway.Drain(context.Background(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID("uid-a")}})
	fmt.Fprint(c, "still\n")
	if got, err := in.ReadString('\n'); err != nil || got != "STILL\n" {
		t.Errorf("%q %v", got, err)
	}
}

func TestAClientThatGoesAwayIsGoneForThePodToo(t *testing.T) {
	w := start(t, nil)
	begun, gone := make(chan struct{}), make(chan struct{})
	simple(t, w, nil, startPod(t, "a", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(gone)
	})))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-begun
		cancel()
	}()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if res, err := http.DefaultClient.Do(r); err == nil {
		_ = res.Body.Close()
		t.Error("answered")
	}
	<-gone
}

func TestAStickyClientStaysUntilItsPodIsGone(t *testing.T) {
	w := start(t, nil)
	pods := map[string]*pod{}
	var all []*pod
	for _, n := range []string{"a", "b", "c"} {
		pods[n] = startPod(t, n, say(n))
		all = append(all, pods[n])
	}
	simple(t, w, map[string]string{Sticky: "session"}, all...)
	res := w.do("GET", "/", nil)
	b, _ := io.ReadAll(res.Body)
	mine := strings.Fields(string(b))[0]
	if len(res.Cookies()) != 1 || !res.Cookies()[0].HttpOnly || strings.Contains(res.Cookies()[0].Value, "127.") {
		t.Fatal(res.Header)
	}
	cookie := res.Cookies()[0]
	for range 20 {
		res := w.do("GET", "/", nil, func(r *http.Request) { r.AddCookie(cookie) })
		if b, _ := io.ReadAll(res.Body); !strings.HasPrefix(string(b), mine+" ") || len(res.Cookies()) > 0 {
			t.Fatalf("%s %v", b, res.Cookies())
		}
	}
	pods[mine].condition(t, w, false, true)
	res = w.do("GET", "/", nil, func(r *http.Request) { r.AddCookie(cookie) })
	if b, _ := io.ReadAll(res.Body); strings.HasPrefix(string(b), mine+" ") || len(res.Cookies()) != 1 {
		t.Errorf("%s %v", b, res.Cookies())
	}
}

func TestAConnectionThatSaysNothingIsClosed(t *testing.T) {
	w := start(t, nil, func(g *Gateway) {
		if s := g.server; s.ReadHeaderTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes > 64<<10 {
			t.Error("a slow client can hold connections for ever")
		}
		g.server.ReadHeaderTimeout = 10 * time.Millisecond
	})
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nX-Slow: ")
	if _, err := io.ReadAll(c); err != nil {
		t.Fatal(err)
	}
}

func TestConnectionsToPodsCarryTheMark(t *testing.T) {
	p := startPod(t, "a", say("a"))
	c, err := newEndpoint(endpointKey{address: p.addr}, testMark).transport.DialContext(context.Background(), "tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var got int
	if ctlErr := raw.Control(func(fd uintptr) { got, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK) }); ctlErr != nil || err != nil {
		t.Fatal(ctlErr, err)
	}
	if got != testMark {
		t.Errorf("%#x", got)
	}
}

func TestAChangedPolicyIsAskedOfNewConnections(t *testing.T) {
	w := start(t, nil)
	var from sync.Map
	simple(t, w, nil, startPod(t, "a", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { from.Store(r.RemoteAddr, true) })))
	connections := func() (n int) {
		from.Range(func(any, any) bool { n++; return true })
		return n
	}
	w.get("/")
	w.get("/")
	if n := connections(); n != 1 {
		t.Fatalf("%d connections for two requests", n)
	}
	create(t, w.store, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "closed"}})
	eventually(t, "a request comes by a new connection", func() bool {
		w.get("/")
		return connections() > 1
	})
}

func TestHTTP2GoesThroughWithoutTLS(t *testing.T) {
	w := start(t, nil)
	h2c := "kubernetes.io/h2c"
	create(t, w.store, service("api", corev1.ServicePort{Name: "http", Port: 80, AppProtocol: &h2c}))
	p := startPod(t, "a", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		fmt.Fprint(w, r.Proto)
		w.Header().Set("Grpc-Status", "0")
	}))
	back(t, w, "api", p)
	create(t, w.store, ingress("api", "", nil, at("/", prefix, "api")))
	eventually(t, "the route is there", func() bool { return len(w.gateway.table.Load().pools) == 1 })
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	defer client.CloseIdleConnections()
	res, err := client.Get(w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	if res.ProtoMajor != 2 || string(b) != "HTTP/2.0" || res.Trailer.Get("Grpc-Status") != "0" {
		t.Errorf("%s %q %v", res.Proto, b, res.Trailer)
	}
}
