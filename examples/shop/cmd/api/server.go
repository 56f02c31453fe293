package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type server struct {
	db      *sql.DB
	uploads *os.Root
	pod     string
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	v1 := func(pattern, method string, h handler) {
		mux.Handle(method+" /api/v1"+pattern, measured(pattern, s.answer(h)))
	}
	v1("/version", "GET", s.getVersion)
	v1("/stock", "GET", s.getStock)
	v1("/login", "POST", s.login)
	v1("/logout", "POST", s.loggedIn(s.logout))
	v1("/me", "GET", s.loggedIn(s.me))
	v1("/users", "POST", s.loggedIn(s.addUser))
	v1("/items", "GET", s.loggedIn(s.listItems))
	v1("/items", "POST", s.loggedIn(s.addItem))
	v1("/items/{id}", "DELETE", s.loggedIn(s.deleteItem))
	v1("/files", "GET", s.loggedIn(s.listFiles))
	v1("/files", "POST", s.loggedIn(s.addFile))
	v1("/files/{name}", "GET", s.loggedIn(s.getFile))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.Handler())
	return mux
}

// ready says whether this replica can answer: it needs the database.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.db.PingContext(ctx); err != nil {
		http.Error(w, "database: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// handler returns what is to be sent as JSON, nil for no content, or an error.
type handler func(w http.ResponseWriter, r *http.Request) (any, error)

// failure is an error that the client may read.
type failure struct {
	code int
	text string
}

func (f failure) Error() string { return f.text }

var errSent = errors.New("the answer has been sent")

func (s *server) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Pod", s.pod)
		body, err := h(w, r)
		var f failure
		switch {
		case errors.Is(err, errSent):
		case errors.As(err, &f):
			http.Error(w, f.text, f.code)
		case errors.Is(err, sql.ErrNoRows):
			http.Error(w, "not found", http.StatusNotFound)
		case err != nil:
			log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
			http.Error(w, "internal error", http.StatusInternalServerError)
		case body == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body)
		}
	})
}

func decode(r *http.Request, into any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(into); err != nil {
		return failure{http.StatusBadRequest, "the body is not the JSON that is expected here: " + err.Error()}
	}
	return nil
}
