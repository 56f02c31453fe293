package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// client makes a new connection for each probe and checks no certificate, as the kubelet does.
var client = &http.Client{
	Transport: &http.Transport{
		DisableKeepAlives:  true,
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a probe asks for health, not for identity
		Proxy:              nil,
	},
	CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if req.URL.Hostname() != via[0].URL.Hostname() || len(via) >= 10 {
			return http.ErrUseLastResponse // a redirect elsewhere is an answer
		}
		return nil
	},
}

const maxBody = 10 << 10

// HTTP asks for a page of a container at the address of its pod. userAgent ends in "probe" or "lifecycle".
func HTTP(ctx context.Context, a *corev1.HTTPGetAction, c *corev1.Container, ip, userAgent string) Answer {
	port, err := Port(a.Port, c)
	if err != nil {
		return Answer{Err: err}
	}
	host := a.Host
	if host == "" {
		host = ip
	}
	scheme := "http"
	if a.Scheme != "" {
		scheme = strings.ToLower(string(a.Scheme))
	}
	u, err := url.Parse(a.Path)
	if err != nil {
		u = &url.URL{Path: a.Path}
	}
	u.Scheme, u.Host = scheme, net.JoinHostPort(host, strconv.Itoa(port))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Answer{Err: err}
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "*/*")
	for _, h := range a.HTTPHeaders {
		if strings.EqualFold(h.Name, "host") {
			req.Host = h.Value
			continue
		}
		req.Header.Add(h.Name, h.Value)
	}
	res, err := client.Do(req)
	if err != nil {
		return Answer{Output: err.Error()}
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if res.StatusCode >= 200 && res.StatusCode < 400 {
		return Answer{OK: true, Output: string(body)}
	}
	text := fmt.Sprintf("HTTP probe failed with statuscode: %d", res.StatusCode)
	if b := strings.TrimSpace(string(body)); b != "" {
		text += ": " + shorten(b, 200)
	}
	return Answer{Output: text}
}

// TCP tries to connect.
func TCP(ctx context.Context, a *corev1.TCPSocketAction, c *corev1.Container, ip string) Answer {
	port, err := Port(a.Port, c)
	if err != nil {
		return Answer{Err: err}
	}
	host := a.Host
	if host == "" {
		host = ip
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return Answer{Output: err.Error()}
	}
	conn.Close()
	return Answer{OK: true}
}

// Port is the number of a port that may be named in the container.
func Port(p intstr.IntOrString, c *corev1.Container) (int, error) {
	n := p.IntValue()
	if p.Type == intstr.String {
		for _, cp := range c.Ports {
			if cp.Name == p.StrVal {
				return int(cp.ContainerPort), nil
			}
		}
		var err error
		if n, err = strconv.Atoi(p.StrVal); err != nil {
			return 0, fmt.Errorf("couldn't find port: %v in container %s", p.StrVal, c.Name)
		}
	}
	if n < 1 || n > 65535 {
		return 0, errors.New("invalid port number: " + p.String())
	}
	return n, nil
}

func shorten(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}
