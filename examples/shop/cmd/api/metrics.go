package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

var requests = promauto.NewHistogramVec(prometheus.HistogramOpts{
	Name: "shop_request_duration_seconds",
	Help: "Time to answer, by path, method and status.",
}, []string{"path", "method", "code"})

type recorder struct {
	http.ResponseWriter
	code int
}

func (r *recorder) WriteHeader(code int) { r.code = code; r.ResponseWriter.WriteHeader(code) }

// Unwrap lets http.ResponseController reach the real writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func measured(path string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec, start := &recorder{w, http.StatusOK}, time.Now()
		h.ServeHTTP(rec, r)
		requests.WithLabelValues(path, r.Method, strconv.Itoa(rec.code)).Observe(time.Since(start).Seconds())
	})
}
