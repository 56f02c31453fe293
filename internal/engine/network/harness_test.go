package network

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/network/dns"
	"github.com/slipway-sh/slipway/internal/home"
)

// host is a machine with a Network, and a second machine outside that reaches it by a wire.
type host struct {
	testing.TB
	store   *store.Store
	home    home.Dir
	net     *Network
	stop    context.CancelFunc
	done    chan struct{}
	zone    atomic.Pointer[dns.Zone]
	outside netns.NsHandle
}

var (
	hostIP    = netip.MustParseAddr("198.51.100.1")
	outsideIP = netip.MustParseAddr("198.51.100.2")
	localhost = netip.MustParseAddr("127.0.0.1")
)

func newHost(t testing.TB) *host {
	t.Helper()
	dir := t.TempDir()
	h := &host{TB: t, store: store.New(), home: home.Dir{Root: dir, Run: filepath.Join(dir, "run")}}
	h.wire()
	h.start()
	t.Cleanup(func() {
		h.halt()
		if err := h.net.Teardown(context.Background()); err != nil {
			t.Errorf("teardown: %v", err)
		}
	})
	return h
}

// start runs a Network over whatever is in the kernel and the store; halt ends it as a crash would.
func (h *host) start() {
	h.Helper()
	n, err := New(Options{Store: h.store, Home: h.home, Log: slog.New(slog.NewTextHandler(testLog{h}, nil)),
		PublishDNS: func(z dns.Zone) error { h.zone.Store(&z); return nil }})
	if err != nil {
		h.Fatal(err)
	}
	h.net = n
	if h.done == nil {
		h.store.Admit(func(r *store.Request) error { return h.net.Admit(r) })
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.stop, h.done = cancel, make(chan struct{})
	go func() {
		defer close(h.done)
		if err := n.Run(ctx); err != nil {
			h.Error(err)
		}
	}()
	h.settle()
}

func (h *host) halt() {
	h.stop()
	<-h.done
}

// settle returns when all that is in the store now is in the kernel.
func (h *host) settle() {
	h.Helper()
	for range 2 { // the commit that is being made may have looked before
		h.net.mu.Lock()
		changed := h.net.changed
		h.net.mu.Unlock()
		h.net.touch()
		select {
		case <-changed:
		case <-time.After(20 * time.Second):
			h.Fatal("no commit")
		}
	}
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// wire makes the second machine.
func (h *host) wire() {
	h.Helper()
	h.outside = newNS(h)
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "uplink", TxQLen: -1}, PeerName: "eth0", PeerNamespace: netlink.NsFd(int(h.outside))}
	must(h, netlink.LinkAdd(veth))
	h.Cleanup(func() { _ = netlink.LinkDel(veth) })
	must(h, netlink.AddrAdd(veth, &netlink.Addr{IPNet: &net.IPNet{IP: hostIP.AsSlice(), Mask: net.CIDRMask(24, 32)}}))
	must(h, netlink.LinkSetUp(veth))
	must(h, netlink.RouteAdd(&netlink.Route{Gw: outsideIP.AsSlice(), LinkIndex: veth.Index}))
	in, err := netlink.NewHandleAt(h.outside, unix.NETLINK_ROUTE)
	must(h, err)
	defer in.Close()
	eth, err := in.LinkByName("eth0")
	must(h, err)
	must(h, in.AddrAdd(eth, &netlink.Addr{IPNet: &net.IPNet{IP: outsideIP.AsSlice(), Mask: net.CIDRMask(24, 32)}}))
	must(h, in.LinkSetUp(eth))
}

func newNS(t testing.TB) netns.NsHandle {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := netns.Get()
	must(t, err)
	defer func() { _ = before.Close() }()
	ns, err := netns.New()
	must(t, err)
	must(t, netns.Set(before))
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is where connections come from: a pod, the host, or the machine outside.
type place struct {
	name string
	ns   netns.NsHandle // -1 for the host
	ip   netip.Addr
	pod  *corev1.Pod
}

func (h *host) here() place { return place{"host", -1, hostIP, nil} }
func (h *host) out() place  { return place{"outside", h.outside, outsideIP, nil} }

// do runs f in the place. Sockets that f makes belong to it.
func (p place) do(t testing.TB, f func()) {
	t.Helper()
	if p.ns < 0 {
		f()
		return
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		before, err := netns.Get()
		if err == nil {
			defer func() { _ = before.Close() }()
			if err = netns.Set(p.ns); err == nil {
				f()
				if netns.Set(before) == nil {
					runtime.UnlockOSThread()
				}
			}
		}
		done <- err
	}()
	must(t, <-done)
}

func newPod(namespace, name string, change ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"pod": name}},
		Spec: corev1.PodSpec{NodeName: "here", Containers: []corev1.Container{{Name: "main"}}}}
	for _, f := range change {
		f(pod)
	}
	return pod
}

func (h *host) create(pod *corev1.Pod) *corev1.Pod {
	h.Helper()
	pod, err := store.Create(h.store, pod)
	must(h, err)
	return pod
}

func (h *host) remove(pod *corev1.Pod) {
	zero := int64(0)
	_ = store.Delete[*corev1.Pod](h.store, pod.Namespace, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero})
}

// run attaches a new pod; nothing listens in it yet.
func (h *host) run(pod *corev1.Pod) place {
	h.Helper()
	pod = h.create(pod)
	at, err := h.net.Attach(context.Background(), pod)
	must(h, err)
	pod, err = store.ModifyStatus(h.store, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		p.Status.PodIP = at.IP.String()
		return nil
	})
	must(h, err)
	ns, err := netns.GetFromPath(at.NetNS)
	must(h, err)
	h.Cleanup(func() { _ = ns.Close() })
	return place{pod.Name, ns, at.IP, pod}
}

// serve answers on a TCP and a UDP port with the place's name and the address that the client seems to have. A TCP
// client is answered once for each line.
func (h *host) serve(p place, ports ...int) place {
	h.Helper()
	for _, port := range ports {
		var l net.Listener
		var u net.PacketConn
		p.do(h, func() {
			var err error
			if l, err = net.Listen("tcp4", fmt.Sprintf(":%d", port)); err == nil {
				u, err = net.ListenPacket("udp4", fmt.Sprintf(":%d", port))
			}
			must(h, err)
		})
		h.Cleanup(func() { _, _ = l.Close(), u.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go answer(c, p.name)
			}
		}()
		go func() {
			b := make([]byte, 100)
			for {
				_, from, err := u.ReadFrom(b)
				if err != nil {
					return
				}
				_, _ = fmt.Fprintf(writerTo{u, from}, "%s %s\n", p.name, hostOf(from))
			}
		}()
	}
	return p
}

type writerTo struct {
	net.PacketConn
	to net.Addr
}

func (w writerTo) Write(b []byte) (int, error) { return w.WriteTo(b, w.to) }

func hostOf(a net.Addr) string {
	s, _, _ := net.SplitHostPort(a.String())
	return s
}

func answer(c net.Conn, name string) {
	defer func() { _ = c.Close() }()
	for r := bufio.NewReader(c); ; {
		if _, err := r.ReadString('\n'); err != nil {
			return
		}
		if _, err := fmt.Fprintf(c, "%s %s\n", name, hostOf(c.RemoteAddr())); err != nil {
			return
		}
	}
}

// short is how long a connection that is dropped is waited for.
const short = 300 * time.Millisecond

// dial opens a connection from the place; wait is how long it may take.
func (h *host) dial(p place, network, to string, wait time.Duration) (c net.Conn, err error) {
	h.Helper()
	p.do(h, func() { c, err = net.DialTimeout(network, to, wait) })
	return c, err
}

// ask connects and returns who answered and the client's address as seen there, or an error.
func (h *host) ask(p place, network, to string, wait time.Duration) (string, string, error) {
	h.Helper()
	c, err := h.dial(p, network, to, wait)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = c.Close() }()
	return say(c, wait)
}

func say(c net.Conn, wait time.Duration) (string, string, error) {
	_ = c.SetDeadline(time.Now().Add(wait))
	if _, err := io.WriteString(c, "hello\n"); err != nil {
		return "", "", err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return "", "", err
	}
	who, from, _ := strings.Cut(strings.TrimSpace(line), " ")
	return who, from, nil
}

// expect fails unless who answers, seeing the client as from ("" for any).
func (h *host) expect(p place, network, to, who, from string) {
	h.Helper()
	got, seen, err := h.ask(p, network, to, 3*time.Second)
	if err != nil {
		h.Errorf("%s to %s %s: %v", p.name, network, to, err)
		return
	}
	if got != who || from != "" && seen != from {
		h.Errorf("%s to %s %s: answered by %s which sees %s, want %s and %s", p.name, network, to, got, seen, who, from)
	}
}

// refused fails unless the connection is refused, at once and not by silence.
func (h *host) refused(p place, network, to string) {
	h.Helper()
	_, _, err := h.ask(p, network, to, 3*time.Second)
	for i := 0; i < 5 && network == "udp" && os.IsTimeout(err); i++ { // the kernel limits how many refusals it sends
		_, _, err = h.ask(p, network, to, 3*time.Second)
	}
	if err == nil {
		h.Errorf("%s to %s %s: answered, want refused", p.name, network, to)
	} else if os.IsTimeout(err) {
		h.Errorf("%s to %s %s: no answer, want refused", p.name, network, to)
	}
}

// silent fails if there is any answer.
func (h *host) silent(p place, network, to string) {
	h.Helper()
	who, _, err := h.ask(p, network, to, short)
	if err == nil {
		h.Errorf("%s to %s %s: answered by %s, want silence", p.name, network, to, who)
	} else if !os.IsTimeout(err) {
		h.Errorf("%s to %s %s: %v, want silence", p.name, network, to, err)
	}
}

func at(ip any, port int) string { return fmt.Sprintf("%v:%d", ip, port) }

// service makes a Service and the EndpointSlice that its controller would.
func (h *host) service(name string, change func(*corev1.Service), ends ...place) *corev1.Service {
	h.Helper()
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, SessionAffinity: corev1.ServiceAffinityNone, Selector: map[string]string{"app": name},
		Ports: []corev1.ServicePort{{Name: "tcp", Protocol: corev1.ProtocolTCP, Port: 80}, {Name: "udp", Protocol: corev1.ProtocolUDP, Port: 80}}}}
	if change != nil {
		change(svc)
	}
	svc, err := store.Create(h.store, svc)
	must(h, err)
	_, err = store.Create(h.store, sliceFor(svc, 8080, ends...))
	must(h, err)
	return svc
}

func sliceFor(svc *corev1.Service, port int32, ends ...place) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4, ObjectMeta: metav1.ObjectMeta{
		Namespace: svc.Namespace, Name: svc.Name + "-1", Labels: map[string]string{discoveryv1.LabelServiceName: svc.Name}}}
	for _, p := range svc.Spec.Ports {
		s.Ports = append(s.Ports, discoveryv1.EndpointPort{Name: &p.Name, Protocol: &p.Protocol, Port: &port})
	}
	for _, e := range ends {
		s.Endpoints = append(s.Endpoints, endpointFor(e, true, true, false))
	}
	return s
}

func endpointFor(p place, ready, serving, terminating bool) discoveryv1.Endpoint {
	e := discoveryv1.Endpoint{Addresses: []string{p.ip.String()},
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating}}
	if p.pod != nil {
		e.TargetRef = &corev1.ObjectReference{Kind: "Pod", Namespace: p.pod.Namespace, Name: p.pod.Name, UID: p.pod.UID}
	}
	return e
}

// ends replaces the endpoints of a Service.
func (h *host) ends(svc *corev1.Service, ends ...discoveryv1.Endpoint) {
	h.Helper()
	_, err := store.Modify(h.store, svc.Namespace, svc.Name+"-1", func(s *discoveryv1.EndpointSlice) error {
		s.Endpoints = ends
		return nil
	})
	must(h, err)
	h.settle()
}

func (h *host) slices(namespace, svc string) []*discoveryv1.EndpointSlice {
	return slicesOf(store.List[*discoveryv1.EndpointSlice](h.store, namespace, nil))[types.NamespacedName{Namespace: namespace, Name: svc}]
}

func (h *host) update(s *discoveryv1.EndpointSlice) *discoveryv1.EndpointSlice {
	h.Helper()
	s, err := store.Update(h.store, s)
	must(h, err)
	return s
}

// manyServices makes Services whose endpoints are outside the pods' range, as an external database's would be.
func (h *host) manyServices(services, endpoints int) {
	h.Helper()
	for i := range services {
		var ends []place
		for j := range endpoints {
			ends = append(ends, place{ip: netip.AddrFrom4([4]byte{192, 0, byte(i), byte(j + 1)})})
		}
		svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "many", Name: fmt.Sprintf("svc-%d", i)}, Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, Ports: []corev1.ServicePort{{Name: "tcp", Protocol: corev1.ProtocolTCP, Port: 80}}}}
		svc, err := store.Create(h.store, svc)
		must(h, err)
		_, err = store.Create(h.store, sliceFor(svc, 8080, ends...))
		must(h, err)
	}
	h.settle()
}
