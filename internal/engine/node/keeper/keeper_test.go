package keeper_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

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
