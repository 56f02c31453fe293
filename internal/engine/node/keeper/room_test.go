package keeper_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/cgroups"
	devices "github.com/opencontainers/cgroups/devices/config"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/specconv"
	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/engine/node/guest"
	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	_ "github.com/slipway-sh/slipway/internal/engine/node/reexec"
	"github.com/slipway-sh/slipway/internal/home"
)

func TestMain(m *testing.M) {
	code := m.Run()
	guest.Clean()
	os.Exit(code)
}

// room is a keeper of its own with its directories.
type room struct {
	t      *testing.T
	home   home.Dir
	layer  string
	cgroup string
	client *keeper.Client
	exits  chan *keeper.Container
}

func newRoom(t *testing.T) *room {
	t.Helper()
	dir := t.TempDir()
	b := make([]byte, 3)
	_, _ = rand.Read(b)
	r := &room{t: t, home: home.Dir{Root: dir, Run: filepath.Join(dir, "run")}, layer: guest.Layer(t),
		cgroup: "/slipway-test-" + hex.EncodeToString(b), exits: make(chan *keeper.Container, 100)}
	if err := r.home.Create(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.end)
	r.connect()
	return r
}

func (r *room) connect() {
	r.t.Helper()
	c, err := keeper.Ensure(r.t.Context(), r.home, func(c *keeper.Container) { r.exits <- c })
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(r.home.Root, "keeper.log"))
		r.t.Fatalf("%v\n%s", err, log)
	}
	r.client = c
	if _, err := c.Watch(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) killKeeper() {
	_ = unix.Kill(r.client.PID, unix.SIGKILL)
	<-r.client.Done()
}

func (r *room) end() {
	ctx := context.Background()
	list, _ := r.client.Watch(ctx)
	for _, c := range list {
		if c.Exit == nil {
			_ = r.client.Signal(ctx, c.ID, int(unix.SIGKILL))
		}
	}
	for range list {
		select {
		case <-r.exits:
		case <-time.After(100 * time.Millisecond):
		}
	}
	time.Sleep(20 * time.Millisecond) // the keeper removes the last cgroups
	r.killKeeper()
	log, _ := os.ReadFile(filepath.Join(r.home.Root, "keeper.log"))
	if len(log) > 0 {
		r.t.Errorf("the keeper complained:\n%s", log)
	}
	left, _ := filepath.Glob("/sys/fs/cgroup/*" + r.cgroup + "/*/cgroup.procs")
	if len(left) > 0 {
		r.t.Errorf("cgroups left behind: %v", left)
	}
	roots, _ := filepath.Glob("/sys/fs/cgroup/*" + r.cgroup)
	for _, d := range append(roots, "/sys/fs/cgroup"+r.cgroup) {
		_ = os.Remove(d)
	}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	if strings.Contains(string(mounts), r.home.Root) {
		r.t.Errorf("mounts left behind:\n%s", mounts)
	}
}

func (r *room) spec(id string, args ...string) *keeper.Spec {
	caps := []string{"CAP_KILL"}
	private := unix.MS_NOEXEC | unix.MS_NOSUID | unix.MS_NODEV
	cfg := &configs.Config{
		Capabilities: &configs.Capabilities{Bounding: caps, Effective: caps, Permitted: caps},
		Namespaces:   configs.Namespaces{{Type: configs.NEWNS}, {Type: configs.NEWUTS}, {Type: configs.NEWIPC}, {Type: configs.NEWPID}, {Type: configs.NEWNET}},
		Cgroups:      &cgroups.Cgroup{Name: id, Parent: r.cgroup, Resources: &cgroups.Resources{}},
		Mounts: []*configs.Mount{
			{Source: "proc", Destination: "/proc", Device: "proc", Flags: private},
			{Source: "tmpfs", Destination: "/dev", Device: "tmpfs", Flags: unix.MS_NOSUID, Data: "mode=755"},
			{Source: "devpts", Destination: "/dev/pts", Device: "devpts", Flags: unix.MS_NOSUID | unix.MS_NOEXEC, Data: "newinstance,ptmxmode=0666,mode=0620"},
		},
	}
	for _, d := range specconv.AllowedDevices {
		cfg.Devices = append(cfg.Devices, d)
		cfg.Cgroups.Devices = append(cfg.Cgroups.Devices, &devices.Rule{
			Type: d.Type, Major: d.Major, Minor: d.Minor, Permissions: "rwm", Allow: true})
	}
	return &keeper.Spec{
		ID: id, Layers: []string{r.layer}, Dir: filepath.Join(r.home.Root, "pods", id), Config: cfg,
		Process:  keeper.Process{Args: append([]string{"/guest"}, args...), Env: []string{"PATH=/"}, Cwd: "/"},
		LogPath:  filepath.Join(r.home.Root, "logs", id+".log"),
		ExitPath: filepath.Join(r.home.Root, id+".exit"),
	}
}

func (r *room) start(s *keeper.Spec) *keeper.Container {
	r.t.Helper()
	c, err := r.client.Start(r.t.Context(), s)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *room) exit(id string) *keeper.Exit {
	r.t.Helper()
	select {
	case c := <-r.exits:
		if c.ID != id {
			r.t.Fatalf("%s ended, not %s", c.ID, id)
		}
		return c.Exit
	case <-time.After(20 * time.Second):
		r.t.Fatalf("%s did not end", id)
		return nil
	}
}

// text is a log without times and tags.
func (r *room) text(s *keeper.Spec) string {
	r.t.Helper()
	var out strings.Builder
	for _, path := range append(keeper.Rotated(s.LogPath), s.LogPath) {
		b, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			f := strings.SplitN(line, " ", 4)
			if f[2] == "P" {
				f[3] = strings.TrimSuffix(f[3], "\n")
			}
			out.WriteString(f[3])
		}
	}
	return out.String()
}
