package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"golang.org/x/net/websocket"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	tunnel "k8s.io/apimachinery/pkg/util/portforward"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
	"k8s.io/streaming/pkg/httpstream/wsstream"
)

// portForward carries connections to ports of a pod over SPDY, or over SPDY inside a websocket (KEP-4006).
func (c *call) portForward() (int, runtime.Object, error) {
	pod, _, err := c.runningPod("")
	if apierrors.IsBadRequest(err) && pod != nil && pod.Spec.NodeName != "" {
		err = nil // which container does not matter
	}
	if err != nil {
		return 0, nil, err
	}
	if pod.Status.Phase != corev1.PodRunning {
		return 0, nil, apierrors.NewBadRequest(fmt.Sprintf("unable to forward port because pod is not running. Current status=%v", pod.Status.Phase))
	}
	switch {
	case wsstream.IsWebSocketRequestWithTunnelingProtocol(c.r):
		c.tunnel(pod)
	case httpstream.IsUpgradeRequest(c.r) && !wsstream.IsWebSocketRequest(c.r):
		c.forward(c.w, c.r, pod)
	default:
		return 0, nil, apierrors.NewBadRequest("port-forward needs a connection upgraded to SPDY, or to a websocket with " + tunnel.WebsocketsSPDYTunnelingPortForwardV1)
	}
	return 0, nil, nil
}

func (c *call) forward(w http.ResponseWriter, r *http.Request, pod *corev1.Pod) {
	portforward.ServePortForward(w, r, forwarder{c, pod}, pod.Name, string(pod.UID), nil, idleTimeout, createsStreams, []string{portforward.ProtocolV1Name})
}

// forwarder connects the streams of a client to a pod.
type forwarder struct {
	call *call
	pod  *corev1.Pod
}

// PortForward implements portforward.PortForwarder: it copies both ways until both ends are done.
func (f forwarder) PortForward(_ context.Context, _, _ string, port int32, client io.ReadWriteCloser) error {
	ctx, cancel := f.call.execContext()
	defer cancel()
	conn, err := f.call.server.node.PortForward(ctx, f.pod, port)
	if err != nil {
		return err
	}
	defer conn.Close()
	toClient := make(chan error, 1)
	go func() {
		_, err := io.Copy(client, conn)
		toClient <- err
	}()
	toPod := make(chan struct{})
	go func() {
		defer close(toPod)
		_, _ = io.Copy(conn, client)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	select {
	case err = <-toClient: // the pod has said everything
	case <-toPod:
		select {
		case err = <-toClient:
		case <-ctx.Done():
		}
	case <-ctx.Done():
	}
	return err
}

// tunnel serves SPDY over the messages of a websocket as if they were its connection.
func (c *call) tunnel(pod *corev1.Pod) {
	websocket.Server{
		Handshake: func(config *websocket.Config, _ *http.Request) error {
			for _, p := range config.Protocol {
				if p == tunnel.WebsocketsSPDYTunnelingPortForwardV1 {
					config.Protocol = []string{p}
					return nil
				}
			}
			return websocket.ErrBadWebSocketProtocol
		},
		Handler: func(ws *websocket.Conn) {
			ws.PayloadType = websocket.BinaryFrame
			r := c.r.Clone(c.r.Context())
			r.Header.Set(httpstream.HeaderConnection, httpstream.HeaderUpgrade)
			r.Header.Set(httpstream.HeaderUpgrade, spdy.HeaderSpdy31)
			r.Header.Set(httpstream.HeaderProtocolVersion, strings.TrimPrefix(tunnel.WebsocketsSPDYTunnelingPortForwardV1, tunnel.WebsocketsSPDYTunnelingPrefix))
			c.forward(&tunnelled{ws: ws, header: http.Header{}}, r, pod)
		},
	}.ServeHTTP(c.w, c.r)
}

// tunnelled gives out a websocket where a server of SPDY takes over the connection. The handshake of SPDY is left
// out: that of the websocket stands for it.
type tunnelled struct {
	ws     *websocket.Conn
	header http.Header
}

// Header implements http.ResponseWriter.
func (t *tunnelled) Header() http.Header { return t.header }

// WriteHeader implements http.ResponseWriter.
func (t *tunnelled) WriteHeader(int) {}

// Write implements http.ResponseWriter; only a refusal is written.
func (t *tunnelled) Write(p []byte) (int, error) { return len(p), nil }

// Hijack implements http.Hijacker.
func (t *tunnelled) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return t.ws, bufio.NewReadWriter(bufio.NewReader(t.ws), bufio.NewWriter(t.ws)), nil
}
