package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

func load(t *testing.T, s *Store, path string) []Image {
	t.Helper()
	images, err := s.Load(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return images
}

func oneFile(t *testing.T, body string) v1.Image {
	t.Helper()
	return imageOf(t, layer(t, entry{name: "f", body: body}))
}

func TestAnImageIsFoundByEveryNameItHas(t *testing.T) {
	s := open(t)
	img := load(t, s, saved(t, oneFile(t, "a"), "shop/api:1.0"))[0]
	for _, name := range []string{
		"shop/api:1.0", "docker.io/shop/api:1.0", "index.docker.io/shop/api:1.0", img.ID, img.Digest,
		img.ID[7:], img.ID[7:19], img.ID[:20], "shop/api@" + img.Digest, "shop/api:9@" + img.Digest,
	} {
		if got, err := s.Get(name); err != nil || got.ID != img.ID {
			t.Errorf("%s: %v %v", name, got.ID, err)
		}
	}
	for _, name := range []string{"shop/api", "shop/api:2", "other/api@" + img.Digest, "ffffffff", "sha256:" + strings.Repeat("0", 64)} {
		if _, err := s.Get(name); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Get("Not A Name"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAShortNameIsTheDefaultRegistrysLatest(t *testing.T) {
	for in, want := range map[string]string{
		"nginx": "docker.io/library/nginx:latest", "a/b": "docker.io/a/b:latest", "host:5000/x:1": "host:5000/x:1", "localhost/x": "localhost/x:latest",
	} {
		if got, err := Normalize(in); err != nil || got != want {
			t.Errorf("%s: %s %v", in, got, err)
		}
	}
}

func TestATagMovesAndTheOldImageStaysUntilPruned(t *testing.T) {
	s := open(t)
	old := load(t, s, saved(t, oneFile(t, "old"), "app:1"))[0]
	next := load(t, s, saved(t, oneFile(t, "new"), "app:1"))[0]
	if got, _ := s.Get("app:1"); got.ID != next.ID {
		t.Error("the tag did not move")
	}
	if _, err := s.Get(old.ID); err != nil {
		t.Errorf("a pod could not restart with the old image: %v", err)
	}
	if _, err := s.Unpack(context.Background(), old); err != nil {
		t.Fatal(err)
	}
	prune := func(used ...string) Pruned {
		p, err := s.Prune(func() (map[string]bool, error) {
			m := map[string]bool{}
			for _, u := range used {
				m[u] = true
			}
			return m, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := prune(old.ID); p.Images != 0 || p.Layers != 0 {
		t.Errorf("in use and pruned: %+v", p)
	}
	if p := prune(); p.Images != 1 || p.Layers != 1 || p.Bytes == 0 {
		t.Errorf("pruned %+v", p)
	}
	if _, err := s.Get(old.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Unpack(context.Background(), next); err != nil {
		t.Errorf("prune took too much: %v", err)
	}
}

func TestRemoveTakesOneNameOrAll(t *testing.T) {
	s := open(t)
	img := load(t, s, saved(t, oneFile(t, "a"), "app:1", "app:2", "app:3"))[0]
	if err := s.Remove("app:1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("app:1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if list, _ := s.List(); len(list) != 2 {
		t.Errorf("left: %v", list)
	}
	if err := s.Remove(img.ID); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.List(); len(list) != 1 || list[0].Name != "" || list[0].Ref != img.ID {
		t.Errorf("left: %+v", list)
	}
	if err := s.Remove("app:1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestADeadProcessLeavesNothingAndALivingOneKeepsItsWork(t *testing.T) {
	s := open(t)
	dead := filepath.Join(s.dir, "tmp", "dead")
	if err := os.MkdirAll(filepath.Join(dead, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	w, err := s.begin()
	if err != nil {
		t.Fatal(err)
	}
	defer w.end()
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Error("what a dead process left is still there")
	}
	if _, err := os.Stat(w.dir); err != nil {
		t.Errorf("the work of a living one is gone: %v", err)
	}
}

func TestProcessesShareAStore(t *testing.T) {
	if dir := os.Getenv("IMAGE_TEST_STORE"); dir != "" { // the child
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			img := load(t, s, saved(t, imageOf(t, layer(t, entry{name: "shared", body: "s"}), layer(t, entry{name: "own", body: fmt.Sprint(os.Getpid(), i)})), fmt.Sprintf("p%d:%d", os.Getpid(), i)))[0]
			if _, err := s.Unpack(context.Background(), img); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Prune(func() (map[string]bool, error) { return nil, nil }); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	s := open(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestProcessesShareAStore$")
			cmd.Env = append(os.Environ(), "IMAGE_TEST_STORE="+s.dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	list, err := s.List()
	if err != nil || len(list) != 20 {
		t.Fatalf("%d images, %v", len(list), err)
	}
	for _, img := range list {
		if _, err := s.Unpack(context.Background(), img); err != nil {
			t.Error(err)
		}
	}
}

func TestAFullDiskLeavesNothingBehindAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("big", 1<<20)
	_, err = s.Load(context.Background(), saved(t, oneFile(t, big), "big:1"))
	if !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
	rootfs := filepath.Join(t.TempDir(), "root.tar")
	if err := os.WriteFile(rootfs, tarOf(t, entry{name: "etc/big", body: big}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = s.LoadRootFS(context.Background(), rootfs, "big:1", v1.Config{}); !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
	img := load(t, s, saved(t, oneFile(t, strings.Repeat("half", 300<<10)), "half:1"))[0]
	if _, err := s.Unpack(context.Background(), img); !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
	if err := s.Remove("half:1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(func() (map[string]bool, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, s); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
