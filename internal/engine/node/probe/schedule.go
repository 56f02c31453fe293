package probe

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Answer is what one probe got.
type Answer struct {
	OK     bool
	Output string // what to tell a person
	Err    error  // the probe itself could not be done
}

// Schedule says when to probe and how to judge.
type Schedule struct {
	Delay, Period, Timeout time.Duration
	Success, Failure       int32 // consecutive answers that change the verdict
	Eager                  bool  // ask often until the first good answer
	Once                   bool  // end with the first good verdict
	Healthy                bool  // the verdict to begin with
}

// NewSchedule reads a probe's fields.
func NewSchedule(p *corev1.Probe) Schedule {
	second := func(n, def int32) time.Duration {
		if n <= 0 {
			n = def
		}
		return time.Duration(n) * time.Second
	}
	return Schedule{
		Delay:   time.Duration(p.InitialDelaySeconds) * time.Second,
		Period:  second(p.PeriodSeconds, 10),
		Timeout: second(p.TimeoutSeconds, 1),
		Success: max(p.SuccessThreshold, 1),
		Failure: max(p.FailureThreshold, 1),
	}
}

const (
	eagerFirst  = 20 * time.Millisecond
	eagerGrowth = 1.25
)

// Run probes until ctx ends. failed is told every answer that counts against the container, verdict every change of
// the verdict, and of an unhealthy verdict every confirmation too.
func (s Schedule) Run(ctx context.Context, ask func(context.Context) Answer, failed func(Answer), verdict func(healthy bool, a Answer)) {
	if !sleep(ctx, s.Delay) {
		return
	}
	healthy := s.Healthy
	eager, gap := s.Eager && !healthy, eagerFirst
	var good, bad int32
	next := time.Now() // when a bad answer counts again
	if eager {
		next = next.Add(s.Period)
	}
	for {
		began := time.Now()
		a := s.ask(ctx, ask)
		if ctx.Err() != nil {
			return
		}
		counts := !began.Before(next)
		if counts {
			next = next.Add(s.Period)
			if next.Before(began) {
				next = began.Add(s.Period)
			}
		}
		switch {
		case a.OK:
			bad = 0
			good++
			eager = eager && good < s.Success
			if good >= s.Success && !healthy {
				healthy = true
				verdict(true, a)
				if s.Once {
					return
				}
			}
		case counts:
			good = 0
			bad++
			failed(a)
			if bad >= s.Failure {
				healthy = false
				verdict(false, a)
			}
		default:
			good = 0
		}
		wait := time.Until(next)
		if eager {
			// A probe that costs much is asked less often.
			wait = min(wait, max(gap, 3*time.Since(began)))
			gap = time.Duration(float64(gap) * eagerGrowth)
		} else if !counts {
			next = began.Add(s.Period)
			wait = time.Until(next)
		}
		if !sleep(ctx, wait) {
			return
		}
	}
}

func (s Schedule) ask(ctx context.Context, ask func(context.Context) Answer) Answer {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	return ask(ctx)
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
