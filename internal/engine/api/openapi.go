package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	openapiv2 "github.com/google/gnostic-models/openapiv2"
	"github.com/munnerz/goautoneg"
	"google.golang.org/protobuf/proto"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/openapi"
)

// documents makes the OpenAPI documents when they are asked for. Only their hashes are kept: clients keep the rest.
type documents struct {
	mu     sync.Mutex
	hashes map[schema.GroupVersion]string
}

func (d *documents) v3(gv schema.GroupVersion) ([]byte, string, error) {
	data, err := openapi.V3(gv)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	hash := strings.ToUpper(hex.EncodeToString(sum[:]))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hashes == nil {
		d.hashes = map[schema.GroupVersion]string{}
	}
	d.hashes[gv] = hash
	return data, hash, nil
}

func (d *documents) hash(gv schema.GroupVersion) (string, error) {
	d.mu.Lock()
	known := d.hashes[gv]
	d.mu.Unlock()
	if known != "" {
		return known, nil
	}
	_, hash, err := d.v3(gv)
	return hash, err
}

// openAPI answers /openapi/v2, /openapi/v3 and the documents below it, which clients may keep by their hash. See
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
func (s *Server) openAPI(w http.ResponseWriter, r *http.Request, parts []string) {
	path := strings.Join(parts, "/")
	if !acceptsJSON(r) {
		if path == "v2" && strings.Contains(r.Header.Get("Accept"), "proto-openapi.spec.v2") {
			openAPIV2Protobuf(w)
			return
		}
		s.fail(w, r, apierrors.NewGenericServerResponse(http.StatusNotAcceptable, "get", schema.GroupResource{}, "", "OpenAPI documents are served as JSON", 0, false))
		return
	}
	switch path {
	case "v2":
		data, err := openapi.V2()
		s.document(w, r, data, "", err)
	case "v3":
		s.openAPIIndex(w, r)
	default:
		for _, gv := range groups() {
			if path == "v3/"+prefix(gv) {
				data, hash, err := s.documents.v3(gv)
				s.document(w, r, data, hash, err)
				return
			}
		}
		s.fail(w, r, notServed("the path /openapi/%s", path))
	}
}

// openAPIV2Protobuf answers clients that look here for a kind that version 3 does not describe, before they ask whether
// it is served: there are no definitions in it. Clients that read definitions here are older than Kubernetes 1.27.
func openAPIV2Protobuf(w http.ResponseWriter) {
	data, err := proto.Marshal(&openapiv2.Document{Swagger: "2.0", Info: &openapiv2.Info{Title: "Slipway", Version: Version}, Paths: &openapiv2.Paths{}, Definitions: &openapiv2.Definitions{}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
	_, _ = w.Write(data)
}

// prefix is the path below which a group version is served.
func prefix(gv schema.GroupVersion) string {
	if gv.Group == "" {
		return "api/" + gv.Version
	}
	return "apis/" + gv.String()
}

func (s *Server) openAPIIndex(w http.ResponseWriter, r *http.Request) {
	type link struct {
		URL string `json:"serverRelativeURL"`
	}
	paths := map[string]link{}
	for _, gv := range groups() {
		hash, err := s.documents.hash(gv)
		if err != nil {
			s.document(w, r, nil, "", err)
			return
		}
		paths[prefix(gv)] = link{"/openapi/v3/" + prefix(gv) + "?hash=" + hash}
	}
	data, err := json.Marshal(map[string]any{"paths": paths})
	s.document(w, r, data, "", err)
}

func (s *Server) document(w http.ResponseWriter, r *http.Request, data []byte, hash string, err error) {
	if err != nil {
		s.fail(w, r, apierrors.NewInternalError(err))
		return
	}
	if hash != "" {
		w.Header().Set("Etag", `"`+hash+`"`)
		if r.URL.Query().Get("hash") == hash {
			w.Header().Set("Cache-Control", "public, immutable")
			w.Header().Set("Expires", "Fri, 01 Jan 2100 00:00:00 GMT")
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

// acceptsJSON tells whether JSON will do; old clients ask for protobuf first, with JSON behind it.
func acceptsJSON(r *http.Request) bool {
	header := r.Header.Get("Accept")
	if header == "" {
		return true
	}
	for _, clause := range goautoneg.ParseAccept(header) {
		if (clause.Type == "*" || clause.Type == "application") && (clause.SubType == "*" || clause.SubType == "json") {
			return true
		}
	}
	return false
}
