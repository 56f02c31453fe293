package main

import (
	"context"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"os"
	"time"
)

//go:embed static
var files embed.FS

// page is the shop's only page; the number of items on it is asked of the API at each request.
type page struct {
	template *template.Template
	api      string // as the browser reaches it
	internal string // as this server reaches it
	client   http.Client
}

func newPage(api, internal string) (*page, error) {
	t, err := template.ParseFS(files, "static/index.html")
	return &page{template: t, api: api, internal: internal, client: http.Client{Timeout: 2 * time.Second}}, err
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _ := os.Hostname()
	w.Header().Set("X-Pod", host)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = p.template.Execute(w, struct {
		API, Pod string
		Stock    stock
	}{p.api, host, p.stock(r.Context())})
}

// stock is what the API says of itself; Error is set where it does not answer, and the page is shown all the same.
type stock struct {
	Items int    `json:"items"`
	Pod   string `json:"pod"`
	Error string `json:"-"`
}

func (p *page) stock(ctx context.Context) (s stock) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.internal+"/stock", nil)
	if err != nil {
		return stock{Error: err.Error()}
	}
	res, err := p.client.Do(req)
	if err != nil {
		return stock{Error: err.Error()}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return stock{Error: res.Status}
	}
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		return stock{Error: err.Error()}
	}
	return s
}
