package store

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Data: map[string]string{"k": name}}
}

func mustOpen(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestObjectsAndVersionsContinueAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.db")
	s := mustOpen(t, path)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := Create(s, configMap(fmt.Sprint("c", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	before, version := s.List(KindOf(&corev1.ConfigMap{}), "")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	s = mustOpen(t, path)
	t.Log("open", time.Since(start))
	after, again := s.List(KindOf(&corev1.ConfigMap{}), "")
	if version != again || len(before) != 20 {
		t.Errorf("version %d with %d objects, %d after", version, len(before), again)
	}
	if diff := cmpObjects(before, after); diff != "" {
		t.Error(diff)
	}
}
