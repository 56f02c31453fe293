package logs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func write(t *testing.T, path string, lines ...string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, l := range lines {
		if _, err := f.WriteString(l + "\n"); err != nil {
			t.Fatal(err)
		}
	}
}

func over() bool { return true }

func ptr[T any](v T) *T { return &v }

func TestALogIsReadAsItWasAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "0.log")
	write(t, path+".000001", "2026-01-01T00:00:00.000000000Z stdout F one", "2026-01-01T00:00:01.000000000Z stderr F two")
	write(t, path, "2026-01-01T00:00:02.000000000Z stdout P thr", "2026-01-01T00:00:02.500000000Z stdout F ee", "2026-01-01T00:00:03.000000000Z stdout F four")
	for name, c := range map[string]struct {
		opts corev1.PodLogOptions
		want string
	}{
		"all":            {corev1.PodLogOptions{}, "one\ntwo\nthree\nfour\n"},
		"the last":       {corev1.PodLogOptions{TailLines: ptr(int64(1))}, "four\n"},
		"the last four":  {corev1.PodLogOptions{TailLines: ptr(int64(4))}, "two\nthree\nfour\n"},
		"none":           {corev1.PodLogOptions{TailLines: ptr(int64(0))}, ""},
		"more than all":  {corev1.PodLogOptions{TailLines: ptr(int64(100))}, "one\ntwo\nthree\nfour\n"},
		"since":          {corev1.PodLogOptions{SinceTime: &metav1.Time{Time: time.Date(2026, 1, 1, 0, 0, 3, 0, time.UTC)}}, "four\n"},
		"few bytes":      {corev1.PodLogOptions{LimitBytes: ptr(int64(5))}, "one\nt"},
		"one stream":     {corev1.PodLogOptions{Stream: ptr(corev1.LogStreamStderr)}, "two\n"},
		"with the times": {corev1.PodLogOptions{Timestamps: true, TailLines: ptr(int64(3))}, "2026-01-01T00:00:02.000000000Z three\n2026-01-01T00:00:03.000000000Z four\n"},
	} {
		var b bytes.Buffer
		if err := Read(t.Context(), path, &c.opts, over, &b); err != nil || b.String() != c.want {
			t.Errorf("%s: %q, %v; not %q", name, b.String(), err, c.want)
		}
	}
}

// locked is a buffer that is read while it is written.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestFollowingALogLosesAndRepeatsNothingWhenItIsPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "0.log")
	write(t, path, "2026-01-01T00:00:00.000000000Z stdout F 0")
	var out locked
	var ended atomic.Bool
	done := make(chan error, 1)
	go func() {
		done <- Read(context.Background(), path, &corev1.PodLogOptions{Follow: true}, ended.Load, &out)
	}()
	var want strings.Builder
	want.WriteString("0\n")
	for i := 1; i <= 200; i++ {
		write(t, path, fmt.Sprintf("2026-01-01T00:00:00.000000000Z stdout F %d", i))
		fmt.Fprintf(&want, "%d\n", i)
		if i%50 == 0 {
			if err := os.Rename(path, fmt.Sprintf("%s.%06d", path, i/50)); err != nil {
				t.Fatal(err)
			}
			write(t, path)
		}
		time.Sleep(time.Millisecond)
	}
	ended.Store(true)
	if err := <-done; err != nil || out.String() != want.String() {
		t.Errorf("%v, %d bytes, not %d", err, len(out.String()), want.Len())
	}
}
