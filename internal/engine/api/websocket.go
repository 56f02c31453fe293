package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/remotecommand"
	"k8s.io/klog/v2"
	"k8s.io/streaming/pkg/httpstream/wsstream"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// execWebSocket serves an exec over one websocket with a channel for each stream (v4), whose input the client can
// close by itself (v5, KEP-4006). cri-streaming knows only v4.
func (c *call) execWebSocket(cmd command) {
	channel := func(on bool, t wsstream.ChannelType) wsstream.ChannelType {
		if !on {
			return wsstream.IgnoreChannel
		}
		return t
	}
	config := wsstream.ChannelProtocolConfig{Binary: true, Channels: []wsstream.ChannelType{
		remotecommand.StreamStdIn:  channel(cmd.stdin, wsstream.ReadChannel),
		remotecommand.StreamStdOut: channel(cmd.stdout, wsstream.WriteChannel),
		remotecommand.StreamStdErr: channel(cmd.stderr, wsstream.WriteChannel),
		remotecommand.StreamErr:    wsstream.WriteChannel,
		remotecommand.StreamResize: channel(cmd.tty, wsstream.ReadChannel),
	}}
	text := config
	text.Binary = false
	conn := wsstream.NewConn(map[string]wsstream.ChannelProtocolConfig{
		remotecommand.StreamProtocolV5Name:              config,
		remotecommand.StreamProtocolV4Name:              config,
		"v4." + wsstream.Base64ChannelWebSocketProtocol: text,
	})
	conn.SetIdleTimeout(idleTimeout)
	// The library would log the end of every connection as an error.
	_, streams, err := conn.Open(c.w, c.r.WithContext(klog.NewContext(c.r.Context(), logr.Discard())))
	if err != nil {
		return // the handshake told the client
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := c.execContext()
	defer cancel()
	s := stdio.Streams{TTY: cmd.tty}
	if cmd.stdin {
		s.Stdin = streams[remotecommand.StreamStdIn]
	}
	if cmd.stdout {
		s.Stdout = streams[remotecommand.StreamStdOut]
		_, _ = s.Stdout.Write(nil) // tells the client that the connection stands
	}
	if cmd.stderr {
		s.Stderr = streams[remotecommand.StreamStdErr]
	}
	if cmd.tty {
		sizes := make(chan stdio.Size)
		s.Resize = sizes
		go func() {
			defer close(sizes)
			for decoder := json.NewDecoder(streams[remotecommand.StreamResize]); ; {
				var size stdio.Size
				if decoder.Decode(&size) != nil {
					return
				}
				select {
				case sizes <- size:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	err = c.server.node.Exec(ctx, cmd.pod, cmd.container, cmd.args, s)
	writeExecStatus(streams[remotecommand.StreamErr], err)
}

// writeExecStatus tells how a command ended, as a Status on the error channel.
func writeExecStatus(w io.Writer, err error) {
	status := metav1.Status{Status: metav1.StatusSuccess}
	if code, ok := exitStatus(err); ok {
		status = metav1.Status{
			Status:  metav1.StatusFailure,
			Reason:  remotecommand.NonZeroExitCodeReason,
			Message: fmt.Sprintf("command terminated with non-zero exit code: %v", err),
			Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: remotecommand.ExitCodeCauseType, Message: fmt.Sprint(code)}}},
		}
	} else if err != nil {
		status = apierrors.NewInternalError(fmt.Errorf("error executing command in container: %w", err)).ErrStatus
		status.Code = http.StatusInternalServerError
	}
	if data, err := json.Marshal(status); err == nil {
		_, _ = w.Write(data)
	}
}
