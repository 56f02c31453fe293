package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

func TestARefusedWriteIsSeenByNobody(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "objects.db"))
	k := KindOf(&corev1.ConfigMap{})
	for _, name := range []string{"changed", "deleted"} {
		if _, err := Create(s, configMap(name)); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := s.List(k, "")
	w, err := s.Watch(k, s.Version())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	full := make(chan struct{}) // the disk: it is slow, and then says that it is full
	s.disk.update = func(func(*bolt.Tx) error) error {
		<-full
		return &os.PathError{Op: "write", Path: s.disk.path, Err: syscall.ENOSPC}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := Create(s, configMap("created")); err == nil {
			t.Error("created was acknowledged")
		}
	})
	wg.Go(func() {
		if _, err := Modify(s, "default", "changed", func(c *corev1.ConfigMap) error { c.Data["k"] = "new"; return nil }); err == nil {
			t.Error("changed was acknowledged")
		}
	})
	wg.Go(func() {
		if err := Delete[*corev1.ConfigMap](s, "default", "deleted", metav1.DeleteOptions{}); err == nil {
			t.Error("deleted was acknowledged")
		}
	})
	for s.Version() < 5 {
		time.Sleep(time.Millisecond)
	}
	early, err := s.Watch(k, 0) // sees what is not yet on disk
	if err != nil {
		t.Fatal(err)
	}
	defer early.Stop()
	close(full)
	wg.Wait()
	after, _ := s.List(k, "")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("memory differs: %s", diff)
	}
	if events := w.Next(); len(events) != 0 {
		t.Errorf("a listener was told of %v", events)
	}
	seen := map[string]string{}
	for _, e := range early.Next() {
		seen[e.Object.GetName()] = e.Object.(*corev1.ConfigMap).Data["k"]
		if e.Type == watch.Deleted {
			delete(seen, e.Object.GetName())
		}
	}
	if diff := cmp.Diff(map[string]string{"changed": "changed", "deleted": "deleted"}, seen); diff != "" {
		t.Errorf("who watched meanwhile ends up with: %s", diff)
	}
	if s.Trouble() == nil {
		t.Error("the store does not say that it is in trouble")
	}
	s.disk.update = s.disk.db.Update
	if _, err := Create(s, configMap("created")); err != nil || s.Trouble() != nil {
		t.Errorf("with room again: %v, %v", err, s.Trouble())
	}
}

func TestAFullDiskRefusesWritesAndChangesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatalf("a file system of 1 MB for the test: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	path := filepath.Join(dir, "objects.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	t.Cleanup(func() {
		if !closed {
			_ = s.Close()
		}
	})
	var refusal error
	stored := 0
	for ; refusal == nil && stored < 1000; stored++ {
		cm := configMap(fmt.Sprint("c", stored))
		cm.Data["x"] = strings.Repeat("x", 10000)
		_, refusal = Create(s, cm)
	}
	status, ok := refusal.(apierrors.APIStatus)
	if !ok || status.Status().Code != 507 || !strings.Contains(refusal.Error(), "no space left on device") || !strings.Contains(refusal.Error(), path) {
		t.Fatalf("after %d objects: %v", stored, refusal)
	}
	stored--
	if n := len(List[*corev1.ConfigMap](s, "", nil)); n != stored {
		t.Errorf("%d objects were acknowledged, memory has %d", stored, n)
	}
	if _, err := Get[*corev1.ConfigMap](s, "default", fmt.Sprint("c", stored)); !apierrors.IsNotFound(err) {
		t.Errorf("the refused object: %v", err)
	}
	// What is there can still be read, and is there after a restart.
	closed = true
	if err := s.Close(); err != nil {
		t.Log("close on a full disk:", err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=4m"); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, path)
	if n := len(List[*corev1.ConfigMap](again, "", nil)); n != stored {
		t.Errorf("%d objects were acknowledged, the file has %d", stored, n)
	}
	if _, err := Create(again, configMap("new")); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
