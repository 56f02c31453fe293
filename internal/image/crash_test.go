package image

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestAKilledProcessLeavesNothingHalf kills a process that loads, unpacks, moves tags and prunes, at any moment.
func TestAKilledProcessLeavesNothingHalf(t *testing.T) {
	if dir := os.Getenv("IMAGE_CRASH_STORE"); dir != "" { // the child
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			many := []entry{{name: "id", body: fmt.Sprint(os.Getpid(), i)}}
			for n := range 50 {
				many = append(many, entry{name: fmt.Sprintf("d%d/f", n), body: "x"})
			}
			img := load(t, s, saved(t, imageOf(t, layer(t, many...)), fmt.Sprintf("crash:%d", i%3)))[0]
			if _, err := s.Unpack(context.Background(), img); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Prune(func() (map[string]bool, error) { return nil, nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	var s *Store
	for range 15 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestAKilledProcessLeavesNothingHalf$")
		cmd.Env = append(os.Environ(), "IMAGE_CRASH_STORE="+dir, "TMPDIR="+t.TempDir())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20*time.Millisecond + rand.N(80*time.Millisecond))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		var err error
		if s, err = Open(dir); err != nil {
			t.Fatal(err)
		}
		list, err := s.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, img := range list {
			dirs, err := s.Unpack(context.Background(), img)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := filepath.Glob(filepath.Join(dirs[0], "d*", "f")); err != nil || len(got) != 50 {
				t.Fatalf("%s: %d files of 50 (%v)", img.Ref, len(got), err)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "tmp", "*")); len(left) > 0 {
			t.Fatalf("left behind: %v", left)
		}
	}
	if list, err := s.List(); err != nil || len(list) == 0 {
		t.Errorf("the process was never quick enough to load anything (%v)", err)
	}
}
