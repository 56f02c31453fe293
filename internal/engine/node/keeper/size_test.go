//go:build !race

package keeper_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

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
