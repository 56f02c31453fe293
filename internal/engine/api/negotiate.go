package api

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/munnerz/goautoneg"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// media is how an answer is to be written: in which form, and as what instead of the object itself.
type media struct {
	runtime.SerializerInfo
	as schema.GroupVersionKind // Table, PartialObjectMetadata or PartialObjectMetadataList; else empty
}

// transforms that a client may ask for. A Table has no protobuf.
var transforms = map[string]bool{"Table": true, "PartialObjectMetadata": true, "PartialObjectMetadataList": true}

// accepted is the first form in the Accept header that can be written. See
// https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
func (s *Server) accepted(r *http.Request, transform bool) (media, error) {
	header := r.Header.Get("Accept")
	if header == "" {
		return media{SerializerInfo: s.codec.media[0]}, nil
	}
	for _, clause := range goautoneg.ParseAccept(header) {
		for _, info := range s.codec.media {
			if clause.Type != "*" && clause.Type != info.MediaTypeType || clause.SubType != "*" && clause.SubType != info.MediaTypeSubType {
				continue
			}
			m := media{SerializerInfo: info}
			if kind := clause.Params["as"]; kind != "" {
				m.as = schema.GroupVersionKind{Group: clause.Params["g"], Version: clause.Params["v"], Kind: kind}
				if !transform || !transforms[kind] || m.as.Group != metav1.GroupName || m.as.Version != "v1" ||
					kind == "Table" && !info.EncodesAsText {
					continue
				}
			}
			if pretty(r, clause.Params["pretty"]) && info.PrettySerializer != nil {
				m.Serializer = info.PrettySerializer
			}
			return m, nil
		}
	}
	return media{}, &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusNotAcceptable,
		Reason:  metav1.StatusReasonNotAcceptable,
		Message: "only the following media types are accepted: " + strings.Join(s.mediaTypes(), ", "),
	}}
}

func pretty(r *http.Request, param string) bool {
	if param == "1" {
		return true
	}
	switch r.URL.Query().Get("pretty") {
	case "1", "true":
		return true
	case "":
		return strings.HasPrefix(r.UserAgent(), "curl") || strings.HasPrefix(r.UserAgent(), "Wget") || strings.HasPrefix(r.UserAgent(), "Mozilla/5.0")
	}
	return false
}

// given is the form of a request's body.
func (s *Server) given(r *http.Request) (runtime.SerializerInfo, error) {
	header := r.Header.Get("Content-Type")
	if header == "" {
		return s.codec.media[0], nil
	}
	if t, _, err := mime.ParseMediaType(header); err == nil {
		if info, ok := runtime.SerializerInfoForMediaType(s.codec.media, t); ok {
			return info, nil
		}
	}
	return runtime.SerializerInfo{}, unsupportedMedia(s.mediaTypes())
}

func unsupportedMedia(types []string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusUnsupportedMediaType,
		Reason:  metav1.StatusReasonUnsupportedMediaType,
		Message: "the body of the request was in an unknown format - accepted media types include: " + strings.Join(types, ", "),
	}}
}

func (s *Server) mediaTypes() []string {
	var out []string
	for _, info := range s.codec.media {
		out = append(out, info.MediaType)
	}
	slices.Sort(out)
	return out
}
