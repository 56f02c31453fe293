package gateway

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/event"
)

// testMark lacks the bit 0x4000, by which a kube-proxy on the same machine would masquerade what tests send over
// loopback.
const testMark = 0x11a7

// world is a gateway with its store.
type world struct {
	*testing.T
	store   *store.Store
	gateway *Gateway
	url     string
}

func start(t testing.TB, change func(*Options), more ...func(*Gateway)) *world {
	t.Helper()
	s := store.New()
	o := Options{Store: s, Events: event.New(s, "gateway", "node"), Ports: []int{0}, Bind: "127.0.0.1", Wait: 5 * time.Second, Mark: testMark}
	if change != nil {
		change(&o)
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range more {
		f(g)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	tt, _ := t.(*testing.T)
	return &world{T: tt, store: s, gateway: g, url: g.Address()}
}

// address gives each test server an address of its own.
var address atomic.Uint32

// pod is an HTTP server that stands for one.
type pod struct {
	name   string
	addr   string
	server *httptest.Server
	ready  bool
	going  bool
}

// startPod runs a handler on an address of its own.
func startPod(t testing.TB, name string, h http.Handler) *pod {
	t.Helper()
	n := address.Add(1)
	l, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 100+n/65000, n/250%250, 1+n%250))
	if err != nil {
		t.Fatal(err)
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, Protocols: &protocols}}
	srv.Start()
	t.Cleanup(srv.Close)
	return &pod{name: name, addr: l.Addr().String(), server: srv, ready: true}
}

// say answers with a pod's name.
func say(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %s", name, r.URL.Path) })
}

func create[T store.Object](w testing.TB, s *store.Store, obj T) {
	w.Helper()
	if _, err := store.Create(s, obj); err != nil {
		w.Fatal(err)
	}
}

func service(name string, ports ...corev1.ServicePort) *corev1.Service {
	if len(ports) == 0 {
		ports = []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080), Protocol: corev1.ProtocolTCP}}
	}
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: corev1.ServiceSpec{Ports: ports}}
}

// slices are the endpoints of a Service; every pod has a slice, as its port is its own.
func (p *pod) slice(service, port string) *discoveryv1.EndpointSlice {
	host, number, _ := net.SplitHostPort(p.addr)
	var n int32
	_, _ = fmt.Sscan(number, &n)
	tcp := corev1.ProtocolTCP
	return &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "shop", Name: service + "-" + p.name, Labels: map[string]string{discoveryv1.LabelServiceName: service}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &port, Port: &n, Protocol: &tcp}},
		Endpoints: []discoveryv1.Endpoint{{
			Addresses: []string{host}, Conditions: discoveryv1.EndpointConditions{Ready: &p.ready, Terminating: &p.going},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: "shop", Name: p.name, UID: types.UID("uid-" + p.name)},
		}},
	}
}

// back puts pods behind a Service.
func back(t testing.TB, w *world, service string, pods ...*pod) {
	t.Helper()
	for _, p := range pods {
		create(t, w.store, p.slice(service, "http"))
	}
}

// condition changes a pod's readiness and waits until the gateway knows.
func (p *pod) condition(t testing.TB, w *world, ready, going bool) {
	t.Helper()
	_, err := store.Modify(w.store, "shop", "api-"+p.name, func(s *discoveryv1.EndpointSlice) error {
		s.Endpoints[0].Conditions = discoveryv1.EndpointConditions{Ready: &ready, Terminating: &going}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gateway knows", func() bool {
		for _, pool := range w.gateway.table.Load().pools {
			for _, e := range pool.ready {
				if e.key.address == p.addr {
					return ready && !going
				}
			}
		}
		return !ready || going
	})
}

func at(p string, kind networkingv1.PathType, service string) networkingv1.HTTPIngressPath {
	return networkingv1.HTTPIngressPath{Path: p, PathType: &kind, Backend: backend(service)}
}

func backend(service string) networkingv1.IngressBackend {
	return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Number: 80}}}
}

func ingress(name, host string, annotations map[string]string, paths ...networkingv1.HTTPIngressPath) *networkingv1.Ingress {
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: annotations},
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
			Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
		}}},
	}
}

// simple is one Service behind every path, with these pods.
func simple(t testing.TB, w *world, annotations map[string]string, pods ...*pod) {
	t.Helper()
	create(t, w.store, service("api"))
	back(t, w, "api", pods...)
	create(t, w.store, ingress("api", "", annotations, at("/", networkingv1.PathTypePrefix, "api")))
	eventually(t, "the route is there", func() bool {
		p := w.gateway.table.Load().pools[backendKey{"shop", "api", "80"}]
		return p != nil && len(p.ready) == len(pods)
	})
}

// get asks the gateway and returns status and body.
func (w *world) get(url string, change ...func(*http.Request)) (int, string) {
	w.Helper()
	res := w.do(http.MethodGet, url, nil, change...)
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func (w *world) do(method, url string, body io.Reader, change ...func(*http.Request)) reply {
	w.Helper()
	if strings.HasPrefix(url, "/") {
		url = w.url + url
	}
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range change {
		c(r)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = res.Body.Close() })
	return reply{res}
}

// reply is an answer whose body the test closes at its end.
type reply struct{ *http.Response }

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 5000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("it did not come about that %s", what)
}

// events are the reasons of the Events there are.
func (w *world) events() string {
	var out []string
	for _, e := range store.List[*corev1.Event](w.store, "", nil) {
		out = append(out, e.Reason+": "+e.Message)
	}
	return strings.Join(out, "\n")
}
