package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// BenchmarkProxy compares the gateway with the library's reverse proxy alone.
func BenchmarkProxy(b *testing.B) {
	p := startPod(b, "a", say("a"))
	w := start(b, nil)
	simple(b, w, nil, p)
	target, err := url.Parse("http://" + p.addr)
	if err != nil {
		b.Fatal(err)
	}
	alone := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(pr *httputil.ProxyRequest) { pr.SetURL(target) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 256},
	})
	defer alone.Close()
	for _, c := range []struct{ name, url string }{{"gateway", w.url}, {"httputil", alone.URL}, {"direct", "http://" + p.addr}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
				for pb.Next() {
					res, err := client.Get(c.url)
					if err != nil {
						b.Fatal(err)
					}
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
				}
			})
		})
	}
}
