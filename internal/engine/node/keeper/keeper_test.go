package keeper_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
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
		cfg.Cgroups.Resources.Devices = append(cfg.Cgroups.Resources.Devices, &devices.Rule{
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

func TestTheExitCodeAndTheOutputAreKept(t *testing.T) {
	r := newRoom(t)
	s := r.spec("a", "say=hello", "err=oops", "part=no newline", "exit=7")
	r.start(s)
	if e := r.exit("a"); e.Code != 7 || e.Unknown || e.OOMKilled {
		t.Errorf("exit %+v", e)
	}
	if e, err := keeper.ReadExit(s.ExitPath); err != nil || e.Code != 7 {
		t.Errorf("kept: %+v, %v", e, err)
	}
	b, _ := os.ReadFile(s.LogPath)
	for _, want := range []string{" stdout F hello\n", " stderr F oops\n", " stdout P no newline\n"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("log has no %q:\n%s", want, b)
		}
	}
}

func TestStartingAContainerTwiceStartsItOnce(t *testing.T) {
	r := newRoom(t)
	a, b := r.start(r.spec("a", "wait")), r.start(r.spec("a", "wait"))
	if a.PID != b.PID {
		t.Errorf("two processes: %d and %d", a.PID, b.PID)
	}
}

func TestAProgramThatIsNotThereIsAnErrorAndLeavesNothing(t *testing.T) {
	r := newRoom(t)
	s := r.spec("a")
	s.Process.Args = []string{"nothing"}
	_, err := r.client.Start(t.Context(), s)
	if err == nil || !strings.Contains(err.Error(), `exec: "nothing": executable file not found in $PATH`) {
		t.Errorf("error: %v", err)
	}
	if _, err := os.Stat(s.Dir); err == nil {
		t.Error("the writable layer is left behind")
	}
}

func TestAnOOMKillIsSeen(t *testing.T) {
	r := newRoom(t)
	s := r.spec("a", "eat=200")
	s.Config.Cgroups.Memory, s.Config.Cgroups.MemorySwap = 32<<20, 32<<20
	r.start(s)
	if e := r.exit("a"); e.Code != 137 || !e.OOMKilled {
		t.Errorf("exit %+v", e)
	}
}

func TestAKilledKeeperLosesNoContainerNoLineAndNoExitCode(t *testing.T) {
	r := newRoom(t)
	const ticks = 3000
	s := r.spec("a", "tick="+strconv.Itoa(ticks), "exit=3")
	first := r.start(s)
	for range 5 {
		time.Sleep(100 * time.Millisecond)
		r.killKeeper()
		time.Sleep(50 * time.Millisecond) // the container writes on
		r.connect()
		list, err := r.client.Watch(t.Context())
		if err != nil || len(list) != 1 || list[0].PID != first.PID || list[0].Exit != nil {
			t.Fatalf("after the kill: %+v, %v", list, err)
		}
	}
	if e := r.exit("a"); e.Code != 3 || e.Unknown {
		t.Errorf("exit %+v", e)
	}
	text := r.text(s)
	for i := range ticks {
		if !strings.Contains(text, "tick "+strconv.Itoa(i)+"\n") {
			t.Fatalf("line %d is lost", i)
		}
	}
}

func TestWhatAnEngineHoldsIsNotLostWhileNoKeeperLives(t *testing.T) {
	r := newRoom(t)
	s := r.spec("a", "sleep=200ms", "say=last words", "exit=5")
	c := r.start(s)
	hold := keeper.NewHold(r.home, c)
	defer hold.Close()
	r.killKeeper()
	for range 5000 {
		if b, err := os.ReadFile("/proc/" + strconv.Itoa(c.PID) + "/stat"); err != nil || strings.Contains(string(b), ") Z ") {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	r.connect()
	for range 1000 {
		list, err := r.client.Watch(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if e := list[0].Exit; e != nil {
			hold.Complete(e)
			if e.Unknown || e.Code != 5 {
				t.Errorf("exit %+v", e)
			}
			if text := r.text(s); text != "last words\n" {
				t.Errorf("log %q", text)
			}
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Error("no exit was reported")
}

func TestAKeeperBecomesAnotherBinaryWithoutLosingItsChildren(t *testing.T) {
	r := newRoom(t)
	s := r.spec("a", "sleep=300ms", "exit=4")
	r.start(s)
	pid := r.client.PID
	if err := r.client.Replace(t.Context()); err == nil {
		t.Fatal("an answer came from a process that should be gone")
	}
	r.connect()
	if r.client.PID != pid {
		t.Errorf("another process: %d, not %d", r.client.PID, pid)
	}
	if e := r.exit("a"); e.Code != 4 || e.Unknown {
		t.Errorf("exit %+v", e)
	}
}

func TestALogIsPutAsideWhenItIsLargeAndTheNewestFilesAreKept(t *testing.T) {
	r := newRoom(t)
	s := r.spec("a", "lines=1800000")
	r.start(s)
	if e := r.exit("a"); e.Code != 0 {
		t.Errorf("exit %+v", e)
	}
	old := keeper.Rotated(s.LogPath)
	if len(old) != 4 {
		t.Errorf("%d files were put aside, not 4", len(old))
	}
	for _, path := range append(old, s.LogPath) {
		if st, err := os.Stat(path); err != nil || st.Size() > 10<<20 {
			t.Errorf("%s: %v, %v", path, st.Size(), err)
		}
	}
	if text := r.text(s); !strings.HasSuffix(text, "line 1799998\nline 1799999\n") {
		t.Errorf("the end of the log is %q", text[max(0, len(text)-60):])
	}
}

func TestTheKeeperIsSmall(t *testing.T) {
	r := newRoom(t)
	for i := range 10 {
		r.start(r.spec("c"+strconv.Itoa(i), "say=hello", "wait"))
	}
	const most = 6 << 10 // KiB of its own, for ten containers
	var used int
	for range 50 { // it gives back what starting needed after a moment
		b, err := os.ReadFile("/proc/" + strconv.Itoa(r.client.PID) + "/smaps_rollup")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(line, "Anonymous:"); ok {
				used, _ = strconv.Atoi(strings.Fields(v)[0])
			}
		}
		if used <= most {
			t.Logf("%d KiB", used)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("the keeper of ten containers has %d KiB of its own, more than %d", used, most)
}

func TestAContainerCanHaveATerminalAndASilentInput(t *testing.T) {
	r := newRoom(t)
	tty := r.spec("tty", "tty")
	tty.Process.TTY = true
	r.start(tty)
	if e := r.exit("tty"); e.Code != 0 {
		t.Errorf("exit %+v", e)
	}
	if text := r.text(tty); !strings.HasPrefix(text, "terminal ") {
		t.Errorf("log %q", text)
	}
	in := r.spec("in", "stdin", "exit=1")
	in.Process.Stdin = true
	r.start(in)
	select {
	case c := <-r.exits:
		t.Errorf("it read an end of its input: %+v", c.Exit)
	case <-time.After(100 * time.Millisecond):
	}
}
