// Command web serves the shop's page; the page itself talks to the API at API_URL.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/slipway-sh/slipway/examples/shop/internal/health"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "health" {
		os.Exit(health.Check("/healthz"))
	}
	p, err := newPage(os.Getenv("API_URL"), os.Getenv("API_INTERNAL_URL"))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.FileServerFS(files))
	mux.Handle("GET /{$}", p)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	if err := health.Serve(mux); err != nil {
		log.Fatal(err)
	}
}
