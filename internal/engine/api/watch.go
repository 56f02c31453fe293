package api

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

const (
	bookmarkEvery = time.Minute
	// stalled is how long a watcher may leave its connection full before it is cut off.
	stalled = 30 * time.Second
)

// watch streams changes until the client goes, its time is over, or the server stops.
func (c *call) watch(o *metav1.ListOptions, sel selector) (int, runtime.Object, error) {
	since, initial, err := watchFrom(o)
	if err != nil {
		return 0, nil, err
	}
	m, err := c.server.accepted(c.r, true)
	if err != nil {
		return 0, nil, err
	}
	if m.StreamSerializer == nil || m.as.Kind == "PartialObjectMetadataList" {
		return 0, nil, apierrors.NewGenericServerResponse(http.StatusNotAcceptable, "watch", c.kind.GR(), "", "a watch can be written as JSON or protobuf", 0, false)
	}
	if since == 0 && !initial {
		since = max(c.server.store.Version(), 1)
	}
	w, err := c.server.store.Watch(c.kind, since)
	if err != nil {
		return 0, nil, err
	}
	defer w.Stop()
	timeout := time.Duration(0)
	if o.TimeoutSeconds != nil {
		timeout = time.Duration(*o.TimeoutSeconds) * time.Second
	}
	if timeout <= 0 { // as kube-apiserver's --min-request-timeout: between half an hour and an hour
		timeout = 30*time.Minute + rand.N(30*time.Minute)
	}
	out := &watchWriter{call: c, media: m, head: true, selector: sel}
	out.begin()
	out.stream(w, o.AllowWatchBookmarks, o.SendInitialEvents != nil && *o.SendInitialEvents, timeout)
	return 0, nil, nil
}

// watchFrom reads where a watch begins: after a version, or (0) with what there is, sent first or not. See
// https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch and KEP-3157.
func watchFrom(o *metav1.ListOptions) (since uint64, initial bool, err error) {
	if o.ResourceVersion != "" {
		if since, err = strconv.ParseUint(o.ResourceVersion, 10, 64); err != nil {
			return 0, false, apierrors.NewBadRequest("resourceVersion: " + strconv.Quote(o.ResourceVersion) + " is not a version this server gave")
		}
	}
	if o.SendInitialEvents == nil {
		if o.ResourceVersionMatch != "" {
			return 0, false, apierrors.NewBadRequest("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
		}
		return since, true, nil
	}
	if o.ResourceVersionMatch != metav1.ResourceVersionMatchNotOlderThan {
		return 0, false, apierrors.NewBadRequest("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
	}
	if *o.SendInitialEvents {
		if !o.AllowWatchBookmarks {
			return 0, false, apierrors.NewBadRequest("sendInitialEvents requires allowWatchBookmarks")
		}
		return 0, true, nil
	}
	return since, false, nil
}

// watchWriter writes the events of one watch.
type watchWriter struct {
	call     *call
	media    media
	selector selector
	head     bool // the next Table carries its columns
	frames   interface{ Write([]byte) (int, error) }
	flush    *http.ResponseController
	failed   bool
}

func (o *watchWriter) begin() {
	o.flush = http.NewResponseController(o.call.w)
	o.frames = o.media.StreamSerializer.NewFrameWriter(o.call.w)
	kind := o.media.MediaType
	if kind != runtime.ContentTypeJSON {
		kind += ";stream=watch"
	}
	o.call.w.Header().Set("Content-Type", kind)
	o.call.w.Header().Set("Cache-Control", "no-cache, private")
	o.call.w.WriteHeader(http.StatusOK)
	_ = o.flush.Flush()
}

func (o *watchWriter) stream(w *store.Watch, bookmarks, listFirst bool, timeout time.Duration) {
	end := time.NewTimer(timeout)
	defer end.Stop()
	mark := time.NewTicker(bookmarkEvery)
	defer mark.Stop()
	version := w.From()
	if listFirst {
		o.events(w.Initial())
		o.bookmark(version, true)
		o.done()
	}
	for !o.failed {
		select {
		case <-o.call.r.Context().Done():
			return
		case <-o.call.server.stopping():
			return
		case <-end.C:
			return
		case <-mark.C:
			if bookmarks {
				o.bookmark(version, false)
			}
		case <-w.Ready():
			events := w.Next()
			o.events(events)
			if n := len(events); n > 0 {
				version = max(version, events[n-1].Version)
			}
		}
		o.done()
	}
}

// events writes what the watcher sees of changes: one that leaves its selection is deleted for it, one that enters
// it is added.
func (o *watchWriter) events(events []store.Event) {
	_ = o.flush.SetWriteDeadline(time.Now().Add(stalled))
	for _, e := range events {
		is, was := o.selector.matches(e.Object), o.selector.matches(e.Old)
		switch {
		case e.Type == watch.Added && is:
			o.send(watch.Added, e.Object)
		case e.Type == watch.Deleted && (is || was):
			o.send(watch.Deleted, e.Object)
		case e.Type == watch.Modified && is && was:
			o.send(watch.Modified, e.Object)
		case e.Type == watch.Modified && is:
			o.send(watch.Added, e.Object)
		case e.Type == watch.Modified && was:
			gone := e.Old.DeepCopyObject().(store.Object)
			gone.SetResourceVersion(strconv.FormatUint(e.Version, 10))
			o.send(watch.Deleted, gone)
		}
	}
}

// bookmark tells the version up to which the watcher knows everything; the first one ends the initial events.
func (o *watchWriter) bookmark(version uint64, initialEnd bool) {
	obj := o.call.kind.New()
	obj.GetObjectKind().SetGroupVersionKind(o.call.kind.GVK)
	obj.SetResourceVersion(strconv.FormatUint(version, 10))
	if initialEnd {
		obj.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	o.send(watch.Bookmark, obj)
}

func (o *watchWriter) send(t watch.EventType, obj store.Object) {
	if o.failed {
		return
	}
	shown, err := o.call.represent(o.media, obj, o.head)
	var body, event bytes.Buffer
	if err == nil {
		err = o.media.Serializer.Encode(shown, &body)
	}
	if err == nil {
		err = o.media.StreamSerializer.Encode(&metav1.WatchEvent{Type: string(t), Object: runtime.RawExtension{Raw: body.Bytes()}}, &event)
	}
	if err == nil {
		_, err = o.frames.Write(event.Bytes())
	}
	o.head = false
	o.failed = err != nil
}

func (o *watchWriter) done() {
	if !o.failed {
		o.failed = o.flush.Flush() != nil
	}
	_ = o.flush.SetWriteDeadline(time.Time{})
}
