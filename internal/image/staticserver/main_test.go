package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func TestFilesAreServedAndFoldersAreNotListed(t *testing.T) {
	h := serve(fstest.MapFS{
		"index.html": {Data: []byte("home")}, "css/a.css": {Data: []byte("css")}, "docs/index.html": {Data: []byte("docs")}, "404.html": {Data: []byte("lost")},
	})
	for _, c := range []struct {
		method, path string
		code         int
		body         string
	}{
		{"GET", "/", 200, "home"}, {"GET", "/css/a.css", 200, "css"}, {"GET", "/docs/", 200, "docs"}, {"HEAD", "/", 200, ""},
		{"GET", "/docs", 301, ""}, {"GET", "/css/", 404, "lost"}, {"GET", "/none", 404, "lost"}, {"GET", "/../etc/passwd", 404, "lost"},
		{"POST", "/", 405, "method not allowed\n"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.code || c.body != "" && w.Body.String() != c.body {
			t.Errorf("%s %s: %d %q", c.method, c.path, w.Code, w.Body)
		}
	}
}

func TestWhatHasNotChangedIsNotSentAgain(t *testing.T) {
	h := serve(fstest.MapFS{"a": {Data: []byte("a")}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/a", nil))
	again := httptest.NewRequest(http.MethodGet, "/a", nil)
	again.Header.Set("If-None-Match", w.Header().Get("ETag"))
	if w = httptest.NewRecorder(); w.Header().Get("ETag") == again.Header.Get("If-None-Match") {
		t.Fatal("no ETag")
	}
	h.ServeHTTP(w, again)
	if w.Code != 304 {
		t.Errorf("%d", w.Code)
	}
}
