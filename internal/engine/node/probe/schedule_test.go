package probe

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// run runs a schedule until it has given its verdicts, and returns them.
func run(t *testing.T, s Schedule, answers func(n int) bool, verdicts int) (got []bool, asked, failures int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var n, bad atomic.Int32
	s.Run(ctx, func(context.Context) Answer { return Answer{OK: answers(int(n.Add(1)))} }, func(Answer) { bad.Add(1) }, func(ok bool, _ Answer) {
		if got = append(got, ok); len(got) == verdicts {
			cancel()
		}
	})
	return got, int(n.Load()), int(bad.Load())
}

func TestAnEagerProbeIsAskedOftenAndItsEarlyFailuresDoNotCount(t *testing.T) {
	s := Schedule{Period: time.Hour, Timeout: time.Second, Success: 1, Failure: 1, Eager: true}
	got, asked, failures := run(t, s, func(n int) bool { return n == 5 }, 1)
	if len(got) != 1 || !got[0] || asked != 5 || failures != 0 {
		t.Errorf("verdicts %v, asked %d times, %d failures", got, asked, failures)
	}
}

func TestThresholdsAreOfConsecutiveAnswers(t *testing.T) {
	s := Schedule{Period: time.Millisecond, Timeout: time.Second, Success: 2, Failure: 3, Healthy: true}
	bad := map[int]bool{1: true, 2: true, 4: true, 5: true, 6: true, 8: true} // two, then three in a row; good, bad, good, good
	got, asked, _ := run(t, s, func(n int) bool { return !bad[n] }, 2)
	if len(got) != 2 || got[0] || !got[1] || asked != 10 {
		t.Errorf("verdicts %v after %d answers", got, asked)
	}
}

func TestAStartupProbeEndsWithItsFirstSuccess(t *testing.T) {
	s := Schedule{Period: time.Millisecond, Timeout: time.Second, Success: 1, Failure: 30, Once: true, Eager: true}
	got, asked, _ := run(t, s, func(n int) bool { return n >= 3 }, 2)
	if len(got) != 1 || !got[0] || asked != 3 {
		t.Errorf("verdicts %v, asked %d times", got, asked)
	}
}
