package node_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/event"
	"github.com/slipway-sh/slipway/internal/engine/node"
	"github.com/slipway-sh/slipway/internal/engine/node/guest"
	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	_ "github.com/slipway-sh/slipway/internal/engine/node/reexec"
	"github.com/slipway-sh/slipway/internal/home"
	"github.com/slipway-sh/slipway/internal/image"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

// TestMain runs the tests in a network namespace of their own: pods have addresses and routes there.
func TestMain(m *testing.M) {
	if os.Getenv("NODE_TEST_ENGINE") != "" {
		engineMain()
		return
	}
	if os.Getenv("NODE_TEST_NETNS") == "" {
		exe, err := os.Executable()
		if err != nil {
			panic(err)
		}
		cmd := exec.Command(exe, os.Args[1:]...)
		cmd.Env = append(os.Environ(), "NODE_TEST_NETNS=1")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
		if err := cmd.Run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if err := prepareHost(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	guest.Clean()
	os.Exit(code)
}

const (
	imageName = "guest:1"
	namespace = "shop"
)

// room is a node with all that it needs.
type room struct {
	t      *testing.T
	home   home.Dir
	store  *store.Store
	images *image.Store
	net    *standIn
	node   *node.Node
	drain  func(context.Context, *corev1.Pod)
	stop   func()
	end    func()
}

// newRoom makes the place; start starts the node.
func newRoom(t *testing.T) *room {
	t.Helper()
	r := prepareRoom(t)
	r.open()
	r.start()
	return r
}

func prepareRoom(t *testing.T) *room {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, home: home.Dir{Root: dir, Run: filepath.Join(dir, "run")}}
	if err := r.home.Create(); err != nil {
		t.Fatal(err)
	}
	r.end = sync.OnceFunc(r.finish)
	t.Cleanup(r.end)
	r.images, err = image.Open(r.home.Images())
	if err != nil {
		t.Fatal(err)
	}
	tarball := filepath.Join(dir, "guest.tar")
	if err := os.WriteFile(tarball, pack(t, guest.Layer(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = r.images.LoadRootFS(t.Context(), tarball, imageName, v1.Config{Entrypoint: []string{"/guest"}, Env: []string{"FROM_IMAGE=yes"}})
	if err != nil {
		t.Fatal(err)
	}
	r.net = newStandIn(r.home)
	return r
}

func pack(t *testing.T, dir string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		h, err := tar.FileInfoHeader(st, "")
		if err != nil {
			return err
		}
		h.Name, _ = filepath.Rel(dir, path)
		h.ModTime = time.Unix(0, 0)
		if err := w.WriteHeader(h); err != nil || d.IsDir() {
			return err
		}
		c, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = w.Write(c)
		return err
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openStore(path string) (*store.Store, error) {
	s, err := store.Open(path)
	if err != nil {
		return nil, err
	}
	s.Admit(func(r *store.Request) error {
		if r.Operation == store.OpCreate {
			defaults.Set(r.Object)
		}
		return nil
	})
	return s, nil
}

func (r *room) open() {
	r.t.Helper()
	s, err := openStore(r.home.Store())
	if err != nil {
		r.t.Fatal(err)
	}
	r.store = s
}

// start starts a node in this process.
func (r *room) start() {
	r.t.Helper()
	n, run, err := newNode(r.home, r.store, r.images, r.net, func(ctx context.Context, p *corev1.Pod) {
		if r.drain != nil {
			r.drain(ctx, p)
		}
	}, slog.New(slog.NewTextHandler(testWriter{r.t}, nil)))
	if err != nil {
		r.t.Fatal(err)
	}
	r.node = n
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && ctx.Err() == nil {
			r.t.Error(err)
		}
	})
}

func newNode(h home.Dir, s *store.Store, images *image.Store, net *standIn, drain func(context.Context, *corev1.Pod), log *slog.Logger) (*node.Node, func(context.Context) error, error) {
	n, err := node.New(node.Options{Store: s, Home: h, Images: images, Network: net, Name: "here", Log: log,
		Events: event.New(s, "kubelet", "here"), Drain: drain})
	if err != nil {
		return nil, nil, err
	}
	return n, n.Run, nil
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// finish deletes every pod, and finds what is left behind.
func (r *room) finish() {
	if r.store != nil {
		for _, p := range store.List[*corev1.Pod](r.store, "", nil) {
			zero := int64(0)
			_ = store.Delete[*corev1.Pod](r.store, p.Namespace, p.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero})
		}
		for range 500 {
			if len(r.leavings()) == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		for _, l := range r.leavings() {
			r.t.Errorf("left behind: %s", l)
		}
	}
	if r.stop != nil {
		r.stop()
	}
	if r.store != nil {
		_ = r.store.Close()
	}
	if c, err := keeper.Dial(r.home, nil); err == nil {
		killAll(r.home)
		_ = unix.Kill(r.keeperPID(), unix.SIGKILL)
		<-c.Done()
	}
	_ = unix.Unmount(filepath.Join(r.home.Run, "secrets"), unix.MNT_DETACH)
	r.net.close()
	if b, _ := os.ReadFile(filepath.Join(r.home.Root, "keeper.log")); len(b) > 0 {
		r.t.Logf("the keeper said:\n%s", b)
	}
	for _, d := range cgroups(r.home) {
		_ = os.Remove(d)
	}
}

func killAll(h home.Dir) {
	c, err := keeper.Dial(h, nil)
	if err != nil {
		return
	}
	defer c.Close()
	all, _ := c.Watch(context.Background())
	for _, k := range all {
		if k.Exit == nil {
			_ = c.Signal(context.Background(), k.ID, int(unix.SIGKILL))
		}
	}
	time.Sleep(50 * time.Millisecond)
}

// keeperPID is who holds the keeper's lock.
func (r *room) keeperPID() int {
	c, err := keeper.Ensure(context.Background(), r.home, nil)
	if err != nil {
		return 0
	}
	defer c.Close()
	return c.PID
}

func cgroups(h home.Dir) []string {
	var out []string
	for _, pattern := range []string{"/sys/fs/cgroup/*", "/sys/fs/cgroup"} {
		all, _ := filepath.Glob(pattern + node.CgroupRoot(h))
		out = append(out, all...)
	}
	return out
}

// leavings is what exists of pods on the machine.
func (r *room) leavings() []string {
	var out []string
	add := func(pattern string) {
		all, _ := filepath.Glob(pattern)
		out = append(out, all...)
	}
	add(r.home.Pods() + "/*")
	for _, d := range []string{"containers", "keeper", "secrets", "spaces", "subpaths", "netns"} {
		all, _ := filepath.Glob(filepath.Join(r.home.Run, d, "*"))
		for _, p := range all {
			if filepath.Base(p) != "zone.json" {
				out = append(out, p)
			}
		}
	}
	for _, d := range cgroups(r.home) {
		add(d + "/pod*")
	}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, r.home.Root) && !strings.Contains(line, "/run/secrets ") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

func random() string {
	b := make([]byte, 3)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
