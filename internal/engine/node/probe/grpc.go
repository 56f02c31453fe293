package probe

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// plainHTTP2 speaks HTTP/2 without TLS, which is all that a health check over gRPC needs of a gRPC library.
var plainHTTP2 = sync.OnceValue(func() *http.Client {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, Protocols: p}}
})

// GRPC asks grpc.health.v1.Health; see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
func GRPC(ctx context.Context, port int32, service, ip string) Answer {
	msg := ""
	if service != "" {
		if len(service) > 127 {
			return Answer{Err: fmt.Errorf("grpc: service name of %d bytes", len(service))}
		}
		msg = "\x0a" + string(rune(len(service))) + service // field 1, a string
	}
	frame := "\x00\x00\x00\x00" + string([]byte{byte(len(msg))}) + msg
	u := "http://" + net.JoinHostPort(ip, strconv.Itoa(int(port))) + "/grpc.health.v1.Health/Check"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u, strings.NewReader(frame))
	if err != nil {
		return Answer{Err: err}
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	req.Header.Set("User-Agent", "kube-probe/slipway")
	res, err := plainHTTP2().Do(req)
	if err != nil {
		return Answer{Output: fmt.Sprintf("timeout: failed to connect service %q within the probe's time: %v", u, err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	status := res.Trailer.Get("Grpc-Status")
	if status == "" {
		status = res.Header.Get("Grpc-Status")
	}
	switch {
	case err != nil:
		return Answer{Output: err.Error()}
	case status == "12":
		return Answer{Output: "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)"}
	case status != "0" || len(body) < 5:
		return Answer{Output: fmt.Sprintf("error: health rpc failed: status %s %s", status, res.Trailer.Get("Grpc-Message"))}
	case len(body) == 7 && body[5] == 0x08 && body[6] == 1: // field 1, SERVING
		return Answer{OK: true}
	}
	return Answer{Output: "service unhealthy (the gRPC health service does not answer SERVING)"}
}
