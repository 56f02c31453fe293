package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"sort"
	"strings"

	"golang.org/x/net/http/httpguts"
	networkingv1 "k8s.io/api/networking/v1"
)

// Annotations of an Ingress that the gateway understands.
const (
	annotationPrefix = "slipway.dev/"
	StripPrefix      = annotationPrefix + "strip-prefix"     // prefixes to take off the path, with commas between; "true": the one that matched
	AddPrefix        = annotationPrefix + "add-prefix"       // prefix to put before the path
	RedirectHTTPS    = annotationPrefix + "redirect-https"   // has no effect while there is no HTTPS
	Sticky           = annotationPrefix + "sticky"           // name of the cookie that keeps a client at one pod
	RequestHeaders   = annotationPrefix + "request-headers"  // JSON object; an empty value removes the header
	ResponseHeaders  = annotationPrefix + "response-headers" // likewise
)

// foreign annotations are those of other rooms, found on objects of any kind.
var foreign = map[string]bool{"after": true, "config-hash": true, "image-digest": true}

// rules are what the annotations of one Ingress ask for.
type rules struct {
	strip      []string
	stripMatch bool
	add        string
	cookie     string
	several    bool // backends: each Service then has a cookie of its own
	uid        string
	request    map[string]string
	response   map[string]string
}

// rules reads the annotations of an Ingress.
func (b *builder) rules(ing *networkingv1.Ingress) *rules {
	r := &rules{uid: string(ing.UID), several: severalServices(ing)}
	for _, key := range sortedKeys(ing.Annotations) {
		value := ing.Annotations[key]
		name, ok := strings.CutPrefix(key, annotationPrefix)
		if !ok || foreign[name] {
			continue
		}
		switch key {
		case StripPrefix:
			r.stripMatch = value == "true"
			if value != "true" && value != "false" {
				for _, p := range strings.Split(value, ",") {
					r.strip = append(r.strip, "/"+strings.Trim(strings.TrimSpace(p), "/"))
				}
			}
		case AddPrefix:
			r.add = "/" + strings.Trim(value, "/")
		case RedirectHTTPS:
			if value != "false" {
				b.warn(ing, "NoHTTPS", "annotation %s has no effect: this gateway serves HTTP only", key)
			}
		case Sticky:
			if !httpguts.ValidHeaderFieldName(value) { // a cookie's name is a token, as a header's
				b.warn(ing, "BadAnnotation", "annotation %s: %q cannot be the name of a cookie", key, value)
				continue
			}
			r.cookie = value
		case RequestHeaders:
			r.request = b.headers(ing, key, value)
		case ResponseHeaders:
			r.response = b.headers(ing, key, value)
		default:
			b.warn(ing, "UnknownAnnotation", "annotation %s is not known; it has no effect", key)
		}
	}
	return r
}

func (b *builder) headers(ing *networkingv1.Ingress, key, value string) map[string]string {
	var m map[string]string
	if err := json.Unmarshal([]byte(value), &m); err != nil {
		b.warn(ing, "BadAnnotation", "annotation %s is not a JSON object of names and values: %v", key, err)
		return nil
	}
	for k, v := range m {
		if !httpguts.ValidHeaderFieldName(k) || !httpguts.ValidHeaderFieldValue(v) {
			b.warn(ing, "BadAnnotation", "annotation %s: %q cannot be a header", key, k)
			delete(m, k)
		}
	}
	return m
}

func severalServices(ing *networkingv1.Ingress) bool {
	names := map[string]bool{}
	add := func(b networkingv1.IngressBackend) {
		if b.Service != nil {
			names[b.Service.Name] = true
		}
	}
	for _, r := range ing.Spec.Rules {
		if r.HTTP != nil {
			for _, p := range r.HTTP.Paths {
				add(p.Backend)
			}
		}
	}
	if ing.Spec.DefaultBackend != nil {
		add(*ing.Spec.DefaultBackend)
	}
	return len(names) > 1
}

// rewrite changes the path and headers of a request on its way to a pod.
func (r *route) rewrite(pr *httputil.ProxyRequest) {
	prefixes := r.rules.strip
	if r.rules.stripMatch {
		prefixes = []string{strings.TrimRight(r.path, "/")}
	}
	for _, p := range prefixes {
		if p == "" || p == "/" || !under(pr.Out.URL.Path, p) {
			continue
		}
		pr.Out.URL.Path = "/" + strings.TrimPrefix(strings.TrimPrefix(pr.Out.URL.Path, p), "/")
		if raw := pr.Out.URL.RawPath; raw != "" {
			if under(raw, p) {
				pr.Out.URL.RawPath = "/" + strings.TrimPrefix(strings.TrimPrefix(raw, p), "/")
			} else {
				pr.Out.URL.RawPath = ""
			}
		}
		pr.Out.Header.Set("X-Forwarded-Prefix", p)
		break
	}
	if r.rules.add != "" && r.rules.add != "/" {
		pr.Out.URL.Path = r.rules.add + pr.Out.URL.Path
		if pr.Out.URL.RawPath != "" {
			pr.Out.URL.RawPath = r.rules.add + pr.Out.URL.RawPath
		}
	}
	set(pr.Out.Header, r.rules.request)
	if host, ok := r.rules.request["Host"]; ok && host != "" {
		pr.Out.Host = host
	}
}

func set(h http.Header, values map[string]string) {
	for k, v := range values {
		if v == "" {
			h.Del(k)
			continue
		}
		h[textproto.CanonicalMIMEHeaderKey(k)] = []string{v}
	}
}

// cookieName is the route's cookie; with several Services behind one Ingress each has its own.
func (r *route) cookieName() string {
	if !r.rules.several {
		return r.rules.cookie
	}
	sum := sha256.Sum256([]byte(r.backend.String()))
	return r.rules.cookie + "-" + hex.EncodeToString(sum[:3])
}

// ticket is an endpoint in a cookie. It tells a client nothing, and stays the same when the engine restarts.
func (r *route) ticket(e *endpoint) string {
	sum := sha256.Sum256([]byte(r.rules.uid + "\x00" + string(e.key.pod) + "\x00" + e.key.address))
	return hex.EncodeToString(sum[:12])
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
