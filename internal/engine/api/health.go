package api

import (
	"encoding/json"
	"net/http"
	"runtime"

	"k8s.io/apimachinery/pkg/version"
)

// Version is the version of Kubernetes whose API this is, with our own name behind it.
const Version = "v1.37.2+slipway"

// openPaths are answered without a certificate, as Kubernetes answers them (system:public-info-viewer).
func (s *Server) openPaths() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"healthz": s.live,
		"livez":   s.live,
		"readyz":  s.ready,
		"version": s.version,
	}
}

func (s *Server) live(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }

// ready says no while writes fail: what is there can still be read.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.store.Trouble(); err != nil {
		http.Error(w, "[-]store failed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write([]byte("ok"))
}

func (s *Server) version(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(version.Info{
		Major: "1", Minor: "37", GitVersion: Version,
		GoVersion: runtime.Version(), Compiler: runtime.Compiler, Platform: runtime.GOOS + "/" + runtime.GOARCH,
	})
}

// root lists the paths there are.
func (s *Server) root(w http.ResponseWriter, _ *http.Request) {
	paths := []string{"/api", "/api/v1", "/apis"}
	for _, gv := range groups() {
		if gv.Group != "" {
			paths = append(paths, "/apis/"+gv.Group, "/apis/"+gv.String())
		}
	}
	paths = append(paths, "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string][]string{"paths": paths})
}
