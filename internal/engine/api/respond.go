package api

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/api/table"
)

// write answers a call with an object, in the form and representation the client asked for.
func (s *Server) write(c *call, status int, obj runtime.Object) {
	m, err := s.accepted(c.r, true)
	if err == nil {
		obj, err = c.represent(m, obj, true)
	}
	if err != nil {
		s.fail(c.w, c.r, err)
		return
	}
	s.encode(c.w, c.r, m, status, obj)
}

func (s *Server) encode(w http.ResponseWriter, r *http.Request, m media, status int, obj runtime.Object) {
	var buf bytes.Buffer
	if err := m.Serializer.Encode(obj, &buf); err != nil {
		if _, ok := obj.(*metav1.Status); !ok {
			s.fail(w, r, apierrors.NewInternalError(err))
		}
		return
	}
	w.Header().Set("Content-Type", m.MediaType)
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes()) // a client that went away is nobody's loss
}

// fail answers with a Status, whatever the error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	m, e := s.accepted(r, false)
	if e != nil {
		m = media{SerializerInfo: s.codec.media[0]}
	}
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(status.Details.RetryAfterSeconds)))
	}
	s.encode(w, r, m, int(status.Code), status)
}

func statusOf(err error) *metav1.Status {
	var known apierrors.APIStatus
	if !errors.As(err, &known) {
		known = apierrors.NewInternalError(err)
	}
	status := known.Status()
	status.Kind, status.APIVersion = "Status", "v1"
	if status.Code == 0 {
		status.Code = http.StatusInternalServerError
	}
	return &status
}

// represent makes of an object or list what the client asked for. head says that a Table is to have its columns.
func (c *call) represent(m media, obj runtime.Object, head bool) (runtime.Object, error) {
	if _, ok := obj.(*metav1.Status); ok || m.as.Empty() {
		return obj, nil
	}
	if m.as.Kind == "Table" {
		return c.table(obj, head)
	}
	if list, ok := obj.(metav1.ListInterface); ok && meta.IsListType(obj) {
		if m.as.Kind != "PartialObjectMetadataList" {
			return nil, apierrors.NewBadRequest("you requested PartialObjectMetadata, but the requested object is a list")
		}
		out := &metav1.PartialObjectMetadataList{Items: []metav1.PartialObjectMetadata{}}
		out.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("PartialObjectMetadataList"))
		out.ResourceVersion = list.GetResourceVersion()
		_ = meta.EachListItem(obj, func(item runtime.Object) error {
			out.Items = append(out.Items, *partial(item))
			return nil
		})
		return out, nil
	}
	if m.as.Kind != "PartialObjectMetadata" {
		return nil, apierrors.NewBadRequest("you requested PartialObjectMetadataList, but the requested object is not a list")
	}
	return partial(obj), nil
}

func partial(obj runtime.Object) *metav1.PartialObjectMetadata {
	out := meta.AsPartialObjectMetadata(obj.(metav1.Object))
	out.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("PartialObjectMetadata"))
	return out
}

// table shows an object, or a list of them, as rows.
func (c *call) table(obj runtime.Object, head bool) (runtime.Object, error) {
	include := metav1.IncludeObjectPolicy(c.query.Get("includeObject"))
	switch include {
	case "", metav1.IncludeNone, metav1.IncludeMetadata, metav1.IncludeObject:
	default:
		return nil, apierrors.NewBadRequest("unrecognized includeObject value: " + strconv.Quote(string(include)))
	}
	out := &metav1.Table{Rows: []metav1.TableRow{}}
	out.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("Table"))
	if head {
		out.ColumnDefinitions = table.Columns(c.kind)
	}
	row := func(item runtime.Object) error {
		r := table.Row(item, time.Now())
		switch include {
		case metav1.IncludeNone:
			r.Object = runtime.RawExtension{}
		case metav1.IncludeObject:
			r.Object = runtime.RawExtension{Object: typed(c.kind, item)}
		default:
			r.Object = runtime.RawExtension{Object: partial(item)}
		}
		out.Rows = append(out.Rows, r)
		return nil
	}
	if list, ok := obj.(metav1.ListInterface); ok && meta.IsListType(obj) {
		out.ResourceVersion = list.GetResourceVersion()
		return out, meta.EachListItem(obj, row)
	}
	if item, ok := obj.(metav1.Object); ok {
		out.ResourceVersion = item.GetResourceVersion()
	}
	return out, row(obj)
}

// typed returns the object with its kind filled in, which items of lists lack; the object itself is not changed.
func typed(k *store.Kind, obj runtime.Object) runtime.Object {
	if obj.GetObjectKind().GroupVersionKind() == k.GVK {
		return obj
	}
	v := reflect.New(reflect.TypeOf(obj).Elem())
	v.Elem().Set(reflect.ValueOf(obj).Elem())
	out := v.Interface().(runtime.Object)
	out.GetObjectKind().SetGroupVersionKind(k.GVK)
	return out
}
