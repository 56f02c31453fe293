package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func list(names []string) string { return "[" + strings.Join(names, " ") + "]" }

// logs streams what a container wrote.
func (c *call) logs() (int, runtime.Object, error) {
	opts, err := c.logOptions()
	if err != nil {
		return 0, nil, err
	}
	pod, container, err := c.runningPod(opts.Container)
	if err != nil {
		return 0, nil, err
	}
	opts.Container = container
	out := &logWriter{w: c.w, flush: http.NewResponseController(c.w)}
	if opts.Follow {
		// A container may be silent for long; the client is to know before that its request was accepted. An error
		// after that moment ends the answer instead of being its status.
		timer := time.AfterFunc(followAnswer, func() { _, _ = out.Write(nil) })
		defer timer.Stop()
	}
	err = c.server.node.Logs(c.r.Context(), pod, opts, out)
	if !out.begin(false) {
		if err != nil {
			return 0, nil, err
		}
		_, _ = out.Write(nil)
	} else if err != nil && c.r.Context().Err() == nil {
		_, _ = fmt.Fprintf(out, "\nlogs of pod %s/%s ended: %v\n", pod.Namespace, pod.Name, err)
	}
	return 0, nil, nil
}

// followAnswer is how long a follow waits for a first line or an error before it is answered.
const followAnswer = 300 * time.Millisecond

// logWriter sends its header with the first write, so that an error before that can still be a Status.
type logWriter struct {
	mu    sync.Mutex
	begun bool
	w     http.ResponseWriter
	flush *http.ResponseController
}

// begin sends the header if really is true; it returns whether it was sent before.
func (l *logWriter) begin(really bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.begun
	if really && !was {
		l.begun = true
		l.w.Header().Set("Content-Type", "text/plain")
		l.w.Header().Set("Cache-Control", "no-cache, private")
		l.w.WriteHeader(http.StatusOK)
	}
	return was
}

// Write implements io.Writer; every write goes out at once.
func (l *logWriter) Write(p []byte) (int, error) {
	l.begin(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.w.Write(p)
	if err == nil {
		err = l.flush.Flush()
	}
	return n, err
}

// logOptions reads the query of a log request; see PodLogOptions in the API reference.
func (c *call) logOptions() (*corev1.PodLogOptions, error) {
	o := &corev1.PodLogOptions{Container: c.query.Get("container")}
	var err error
	flag := func(name string, to *bool) {
		if text := c.query.Get(name); text != "" && err == nil {
			*to, err = strconv.ParseBool(text)
			err = badParameter(name, text, err)
		}
	}
	number := func(name string, least int64) *int64 {
		text := c.query.Get(name)
		if text == "" || err != nil {
			return nil
		}
		n, e := strconv.ParseInt(text, 10, 64)
		if err = badParameter(name, text, e); err == nil && n < least {
			err = apierrors.NewInvalid(schema.GroupKind{Kind: "PodLogOptions"}, c.name, field.ErrorList{
				field.Invalid(field.NewPath(name), n, fmt.Sprintf("must be greater than or equal to %d", least)),
			})
		}
		return &n
	}
	flag("follow", &o.Follow)
	flag("previous", &o.Previous)
	flag("timestamps", &o.Timestamps)
	o.TailLines = number("tailLines", 0)
	o.LimitBytes = number("limitBytes", 1)
	o.SinceSeconds = number("sinceSeconds", 1)
	if text := c.query.Get("sinceTime"); text != "" && err == nil {
		at, e := time.Parse(time.RFC3339, text)
		o.SinceTime, err = &metav1.Time{Time: at}, badParameter("sinceTime", text, e)
	}
	if err == nil && o.SinceSeconds != nil && o.SinceTime != nil {
		err = apierrors.NewBadRequest("at most one of sinceTime or sinceSeconds may be specified")
	}
	if stream := c.query.Get("stream"); err == nil && stream != "" && stream != corev1.LogStreamAll {
		err = apierrors.NewBadRequest("stream: the engine serves the two streams of a container together (All)")
	}
	return o, err
}

func badParameter(name, text string, err error) error {
	if err == nil {
		return nil
	}
	return apierrors.NewBadRequest(fmt.Sprintf("parameter %s: %q is not valid: %v", name, text, err))
}
