package image

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// served runs a registry with an image and returns its host. wrap may change what the registry does.
func served(t *testing.T, img v1.Image, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	plain := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	push := httptest.NewServer(plain)
	defer push.Close()
	ref, err := name.ParseReference(strings.TrimPrefix(push.URL, "http://") + "/shop/api:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	if wrap == nil {
		wrap = func(h http.Handler) http.Handler { return h }
	}
	srv := httptest.NewServer(wrap(plain))
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

func TestAnImageIsPulledAndFoundAgain(t *testing.T) {
	var blobs atomic.Int32
	host := served(t, imageOf(t, layer(t, entry{name: "a", body: "a"}), layer(t, entry{name: "b", body: "b"})), func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
				blobs.Add(1)
			}
			h.ServeHTTP(w, r)
		})
	})
	s := open(t)
	img, err := s.Pull(context.Background(), host+"/shop/api:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := s.Unpack(context.Background(), img)
	if err != nil || read(t, dirs[0], "b") != "b" {
		t.Error(err)
	}
	if got, err := s.Get(host + "/shop/api@" + img.Digest); err != nil || got.ID != img.ID {
		t.Errorf("by digest: %v", err)
	}
	before := blobs.Load()
	if _, err := s.Pull(context.Background(), host+"/shop/api:1", nil); err != nil {
		t.Fatal(err)
	}
	if n := blobs.Load() - before; n > 1 {
		t.Errorf("%d blobs were fetched again", n)
	}
	if byDigest, err := open(t).Pull(context.Background(), host+"/shop/api@"+img.Digest, nil); err != nil || byDigest.ID != img.ID {
		t.Errorf("pull by digest: %v", err)
	}
}

func TestAnImagePulledByTheDigestOfItsIndexIsFoundByIt(t *testing.T) {
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	idx := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: oneFile(t, "other"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}},
		mutate.IndexAddendum{Add: oneFile(t, "mine"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	ref, err := name.ParseReference(host + "/shop/multi:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, idx); err != nil {
		t.Fatal(err)
	}
	digest, err := idx.Digest()
	if err != nil {
		t.Fatal(err)
	}
	s, pinned := open(t), host+"/shop/multi@"+digest.String()
	img, err := s.Pull(context.Background(), pinned, nil)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := s.Unpack(context.Background(), img)
	if err != nil || read(t, dirs[0], "f") != "mine" {
		t.Error(err)
	}
	if got, err := s.Get(pinned); err != nil || got.ID != img.ID {
		t.Errorf("%v", err)
	}
}

func TestPullWantsTheRightCredentials(t *testing.T) {
	host := served(t, oneFile(t, "secret"), func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, ok := r.BasicAuth(); !ok || user != "me" || password != "pw:1" {
				w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
				http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	auth := base64.StdEncoding.EncodeToString([]byte("me:pw:1"))
	for name, c := range map[string]struct {
		secret string
		want   error
	}{
		"dockerconfigjson": {fmt.Sprintf(`{"auths":{"https://%s/v2/":{"auth":%q}}}`, host, auth), nil},
		"user, password":   {fmt.Sprintf(`{"auths":{%q:{"username":"me","password":"pw:1"}}}`, host), nil},
		"dockercfg":        {fmt.Sprintf(`{%q:{"auth":%q}}`, host, auth), nil},
		"glob and path":    {fmt.Sprintf(`{"auths":{"127.0.*.%s/shop":{"auth":%q}}}`, strings.TrimPrefix(host, "127.0.0."), auth), nil},
		"another path":     {fmt.Sprintf(`{"auths":{"%s/other":{"auth":%q}}}`, host, auth), ErrAccess},
		"wrong password":   {fmt.Sprintf(`{"auths":{%q:{"username":"me","password":"x"}}}`, host), ErrAccess},
		"none":             {`{"auths":{}}`, ErrAccess},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := KeychainFrom([][]byte{[]byte(c.secret)})
			if err != nil {
				t.Fatal(err)
			}
			s := open(t)
			if _, err := s.Pull(context.Background(), host+"/shop/api:1", keys); !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
			if c.want != nil && len(leftovers(t, s)) > 0 {
				t.Errorf("left behind: %v", leftovers(t, s))
			}
		})
	}
	if _, err := KeychainFrom([][]byte{[]byte(`{"auths": "hunter2`)}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestPullOverTLSChecksTheCertificate(t *testing.T) {
	plain := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewTLSServer(plain)
	t.Cleanup(srv.Close)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	ref, err := name.ParseReference(strings.Replace(strings.TrimPrefix(srv.URL, "https://"), "127.0.0.1", "example.com", 1) + "/shop/api:1")
	if err != nil {
		t.Fatal(err)
	}
	trusting := srv.Client().Transport.(*http.Transport).Clone()
	trusting.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { // whatever the name
		return (&net.Dialer{}).DialContext(ctx, "tcp", srv.Listener.Addr().String())
	}
	if err := remote.Write(ref, oneFile(t, "a"), remote.WithTransport(trusting)); err != nil {
		t.Fatal(err)
	}
	s := open(t)
	if _, err := s.Pull(context.Background(), ref.Name(), authn.DefaultKeychain, remote.WithTransport(trusting)); err != nil {
		t.Error(err)
	}
	wary := trusting.Clone()
	wary.TLSClientConfig.RootCAs = nil
	if _, err := open(t).Pull(context.Background(), ref.Name(), nil, remote.WithTransport(wary)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}

func TestABlobThatIsNotItsDigestIsRefused(t *testing.T) {
	host := served(t, oneFile(t, "good"), func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			body := rec.Body.Bytes()
			if strings.Contains(r.URL.Path, "/blobs/") && len(body) > 600 {
				body[600] ^= 1
			}
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(body)
		})
	})
	s := open(t)
	if _, err := s.Pull(context.Background(), host+"/shop/api:1", nil); err == nil {
		t.Error("accepted")
	}
	if left := leftovers(t, s); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestACutConnectionIsTriedAgainAndThenLeavesNothing(t *testing.T) {
	body := strings.Repeat("long ", 100_000)
	cut := func(times int32) func(http.Handler) http.Handler {
		var n atomic.Int32
		return func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				out := rec.Body.Bytes()
				for k, v := range rec.Header() {
					w.Header()[k] = v
				}
				w.WriteHeader(rec.Code)
				if r.Method == http.MethodGet && len(out) > 100_000 && n.Add(1) <= times {
					_, _ = w.Write(out[:50_000])
					panic(http.ErrAbortHandler)
				}
				_, _ = w.Write(out)
			})
		}
	}
	s := open(t)
	if _, err := s.Pull(context.Background(), served(t, oneFile(t, body), cut(2))+"/shop/api:1", nil); err != nil {
		t.Errorf("two cuts are too many: %v", err)
	}
	s = open(t)
	if _, err := s.Pull(context.Background(), served(t, oneFile(t, body), cut(99))+"/shop/api:1", nil); err == nil {
		t.Error("accepted half a layer")
	}
	if left := leftovers(t, s); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
