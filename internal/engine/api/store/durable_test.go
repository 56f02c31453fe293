package store

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A test binary that finds this variable is the writer of TestEveryAcknowledgedWriteSurvivesKill.
const writerEnv = "SLIPWAY_TEST_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		writeUntilKilled(path)
	}
	os.Exit(m.Run())
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Data: map[string]string{"k": name}}
}

func mustOpen(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestObjectsAndVersionsContinueAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.db")
	s := mustOpen(t, path)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if _, err := Create(s, configMap(fmt.Sprint("c", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, err := Create(s, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "p"}, Spec: corev1.PodSpec{NodeName: "n"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ModifyStatus(s, "default", "p", func(p *corev1.Pod) error { p.Status.Phase = corev1.PodRunning; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := Delete[*corev1.ConfigMap](s, "default", "c5", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	maps, _ := s.List(KindOf(&corev1.ConfigMap{}), "")
	pods, version := s.List(KindOf(&corev1.Pod{}), "")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(s, configMap("late")); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a write to a closed store: %v", err)
	}
	s = mustOpen(t, path)
	mapsAfter, _ := s.List(KindOf(&corev1.ConfigMap{}), "")
	podsAfter, versionAfter := s.List(KindOf(&corev1.Pod{}), "")
	if version != versionAfter {
		t.Errorf("version %d, %d after the restart", version, versionAfter)
	}
	if diff := cmp.Diff(append(maps, pods...), append(mapsAfter, podsAfter...)); diff != "" {
		t.Errorf("objects before and after the restart: %s", diff)
	}
	if len(maps) != 99 {
		t.Errorf("%d objects", len(maps))
	}
}

// writeUntilKilled writes from several goroutines, each name to stdout once it is acknowledged.
func writeUntilKilled(path string) {
	s, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var out sync.Mutex
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("w%d-%d", w, i)
				if _, err := Create(s, configMap(name)); err != nil {
					os.Exit(2)
				}
				out.Lock()
				fmt.Println(name, s.Version())
				out.Unlock()
			}
		}()
	}
	select {}
}

func TestEveryAcknowledgedWriteSurvivesKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.db")
	acknowledged := map[string]bool{}
	var newest uint64
	for round := range 3 {
		if round > 0 { // names start anew in every round
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			clear(acknowledged)
			newest = 0
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), writerEnv+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var name string
			var version uint64
			if n, _ := fmt.Sscan(lines.Text(), &name, &version); n == 2 {
				acknowledged[name] = true
				newest = max(newest, version)
			}
			if len(acknowledged) == 500*(round+1) {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		s := mustOpen(t, path)
		for name := range acknowledged {
			if _, err := Get[*corev1.ConfigMap](s, "default", name); err != nil {
				t.Errorf("round %d: %s was acknowledged and is lost: %v", round, name, err)
			}
		}
		if s.Version() < newest {
			t.Errorf("version %d was given out before the kill, the store goes on from %d", newest, s.Version())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestManyWritersShareOneSync(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "objects.db"))
	before := s.disk.db.Stats()
	var wg sync.WaitGroup
	s.writes.Lock() // all of them wait, and come at once
	const writers = 200
	for i := range writers {
		wg.Go(func() {
			if _, err := Create(s, configMap(fmt.Sprint("c", i))); err != nil {
				t.Error(err)
			}
		})
	}
	s.writes.Unlock()
	wg.Wait()
	after := s.disk.db.Stats()
	if n := after.TxStats.GetWrite() - before.TxStats.GetWrite(); n > writers {
		t.Errorf("%d writers needed %d page writes", writers, n)
	}
}

func TestStatusAndEventsMayLagAndAreThereAfterAClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.db")
	s := mustOpen(t, path)
	if _, err := Create(s, &corev1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "e"}, Message: "hello"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path)
	if e, err := Get[*corev1.Event](s, "default", "e"); err != nil || e.Message != "hello" {
		t.Errorf("%v, %v", e, err)
	}
}

func TestSecretsAreEncryptedOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.db")
	s := mustOpen(t, path)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "s"}, Data: map[string][]byte{"password": []byte("correct horse battery staple")}}
	if _, err := Create(s, secret); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(s, configMap("plain-to-see")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, secret.Data["password"]) || !bytes.Contains(data, []byte("plain-to-see")) {
		t.Error("the password is readable in the file, or nothing is")
	}
	s = mustOpen(t, path)
	if got, err := Get[*corev1.Secret](s, "default", "s"); err != nil || string(got.Data["password"]) != "correct horse battery staple" {
		t.Errorf("%v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(filepath.Dir(path), "pki", "secrets.key")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", info, err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "secrets.key was missing; put it back from a backup") {
		t.Errorf("without its key: %v", err)
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("a key was made that opens nothing")
	}
}

func TestASecondEngineIsToldOfTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.db")
	mustOpen(t, path)
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "another engine has it open") {
		t.Errorf("error %v", err)
	}
}
