package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/slipway-sh/slipway/test/harness"
)

// system is something that runs containers. Each method returns when what it says is so, because that is what is
// timed; one that a system cannot do returns errNone.
type system interface {
	name() string
	start(ctx context.Context) error                  // from nothing running to able to run
	prepare(ctx context.Context) error                // brings the image; not timed
	apply(ctx context.Context, replicas int) error    // from nothing to that many replicas ready
	grow(ctx context.Context, replicas int) error     // from what runs to that many ready
	kill(ctx context.Context) error                   // SIGKILLs a container and waits until it is ready again
	update(ctx context.Context, version string) error // replaces every container while the system goes on
	address(ctx context.Context) (string, error)      // where the application answers, whatever runs behind it
	remove(ctx context.Context) error                 // of the application
	stop(ctx context.Context) error                   // of the system
}

var errNone = fmt.Errorf("the system has no such thing")

type result struct {
	name                       string
	pss, anonymous, perReplica []float64 // MB
	ready, applied, healed     []float64 // seconds
	lost, sent                 int64
	updated                    bool
	errors                     []error
}

const manyReplicas = 13 // 3 and 10 more

// measure runs everything runs times; a failure is noted and ends the figure it belongs to.
func measure(ctx context.Context, s system, runs int) *result {
	r := &result{name: s.name()}
	note := func(what string, err error) bool {
		if err != nil && !errors.Is(err, errNone) {
			r.errors = append(r.errors, fmt.Errorf("%s: %w", what, err))
		}
		return err == nil
	}
	for i := range runs {
		if ctx.Err() != nil {
			return r
		}
		before := hostProcesses()
		if !note("start", timed(&r.ready, func() error { return s.start(ctx) })) {
			note("stop", s.stop(ctx))
			return r
		}
		time.Sleep(2 * time.Second) // what is only needed to start is given back
		idle := memoryOf(before)
		note("prepare", s.prepare(ctx))
		r.pss, r.anonymous = append(r.pss, idle.pss), append(r.anonymous, idle.anonymous)
		note("apply", timed(&r.applied, func() error { return s.apply(ctx, 3) }))
		note("kill", timed(&r.healed, func() error { return s.kill(ctx) }))
		if i == 0 {
			r.update(ctx, s, note)
			base := memoryOf(before)
			if note("grow", s.grow(ctx, manyReplicas)) {
				time.Sleep(2 * time.Second)
				r.perReplica = append(r.perReplica, (memoryOf(before).pss-base.pss)/(manyReplicas-3))
			}
		}
		note("remove", s.remove(ctx))
		note("stop", s.stop(ctx))
	}
	return r
}

func (r *result) update(ctx context.Context, s system, note func(string, error) bool) {
	url, err := s.address(ctx)
	if !note("address", err) {
		return
	}
	l := harness.StartLoad(url, 200)
	time.Sleep(500 * time.Millisecond)
	r.updated = note("update", s.update(ctx, "2"))
	time.Sleep(500 * time.Millisecond)
	r.sent, r.lost, _ = l.End()
}

func timed(into *[]float64, f func() error) error {
	begin := time.Now()
	err := f()
	if err == nil {
		*into = append(*into, time.Since(begin).Seconds())
	}
	return err
}

func median(x []float64) (float64, bool) {
	if len(x) == 0 {
		return 0, false
	}
	s := append([]float64(nil), x...)
	sort.Float64s(s)
	return s[len(s)/2], true
}

type figure struct {
	name, goal string
	show       func(*result) string
}

func number(unit, format string, of func(*result) []float64) func(*result) string {
	return func(r *result) string {
		if m, ok := median(of(r)); ok {
			return fmt.Sprintf(format+" "+unit, m)
		}
		return "–"
	}
}

var figures = []figure{
	{"memory before the first pod, PSS", "≤ 64 MB", number("MB", "%.1f", func(r *result) []float64 { return r.pss })},
	{"memory before the first pod, anonymous", "≤ 32 MB", number("MB", "%.1f", func(r *result) []float64 { return r.anonymous })},
	{"memory per container beyond its own, PSS", "≤ 0.5 MB", number("MB", "%.2f", func(r *result) []float64 { return r.perReplica })},
	{"nothing running → able to run", "≤ 0.3 s", number("s", "%.2f", func(r *result) []float64 { return r.ready })},
	{"apply → 3 replicas ready", "≤ 0.3 s", number("s", "%.2f", func(r *result) []float64 { return r.applied })},
	{"SIGKILL of a container → ready again", "≤ 0.15 s", number("s", "%.2f", func(r *result) []float64 { return r.healed })},
	{"requests lost in a rolling update at 200/s", "0", func(r *result) string {
		if r.sent == 0 || !r.updated {
			return "–"
		}
		return fmt.Sprintf("%d of %d", r.lost, r.sent)
	}},
}
