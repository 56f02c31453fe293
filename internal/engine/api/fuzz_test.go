package api

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/home"
)

// target is a server for requests that never were on a wire.
type target struct{ *Server }

func fuzzed(f *testing.F) target {
	s, err := New(Options{Store: store.New(), Home: home.Dir{Root: f.TempDir()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.listener.Close() })
	p := podNamed("p", nil)
	p.Namespace = "default"
	if _, err := s.store.Create(p); err != nil {
		f.Fatal(err)
	}
	return target{s}
}

// answers holds that whatever the body is, the answer is an object or a Status with the code of a client's mistake,
// and that nothing is stored.
func (s target) answers(t *testing.T, method, path, contentType string, body []byte) {
	t.Helper()
	before := s.store.Version()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}}}}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code >= http.StatusInternalServerError {
		t.Errorf("%s %s with %q: %d %s", method, contentType, body, w.Code, w.Body)
	}
	if w.Code >= http.StatusBadRequest && !bytes.Contains(w.Body.Bytes(), []byte(metav1.StatusFailure)) {
		t.Errorf("%s %s with %q: %d without a Status: %s", method, contentType, body, w.Code, w.Body)
	}
	if s.store.Version() != before {
		t.Errorf("%s %s with %q: a dry run was stored", method, contentType, body)
	}
}
